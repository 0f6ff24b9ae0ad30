#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod segment`: an image file through the network of an image task, by the running daemon when
/// there is one.
void add_segment_command(CLI::App& app, CommandContext& context);

}  // namespace geod
