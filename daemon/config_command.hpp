#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod check-config`: every fault of a configuration; exit status 0 or 78.
void add_check_config_command(CLI::App& app, CommandContext& context);

/// `geod print-config`: the commented reference, or what is in force.
void add_print_config_command(CLI::App& app, CommandContext& context);

}  // namespace geod
