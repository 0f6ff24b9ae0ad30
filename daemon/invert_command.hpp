#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod invert`: shots into velocity maps, by the running daemon when there is one.
void add_invert_command(CLI::App& app, CommandContext& context);

}  // namespace geod
