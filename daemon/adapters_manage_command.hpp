#pragma once

#include "daemon/command.hpp"

namespace geod {

/// Adds list, install, activate, rollback, shadow and diff to `geod adapters`: on the running
/// daemon over its control socket, else on the folder.
void add_adapters_manage_commands(CLI::App& adapters, CommandContext& context);

/// Adds diff: what a candidate in shadow picks beside the active bundle, from the database.
void add_adapters_diff_command(CLI::App& adapters, CommandContext& context);

}  // namespace geod
