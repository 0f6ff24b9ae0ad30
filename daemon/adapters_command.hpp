#pragma once

#include "daemon/command.hpp"

namespace geod {

/// Adds `geod adapters`.
void add_adapters_command(CLI::App& app, CommandContext& context);

}  // namespace geod
