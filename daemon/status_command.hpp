#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod status`: what the running daemon does.
void add_status_command(CLI::App& app, CommandContext& context);

}  // namespace geod
