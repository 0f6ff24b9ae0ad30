#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod run`: the daemon.
void add_run_command(CLI::App& app, CommandContext& context);

}  // namespace geod
