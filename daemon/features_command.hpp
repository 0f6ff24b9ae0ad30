#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod features`: pictures of what an encoder sees in an image.
void add_features_command(CLI::App& app, CommandContext& context);

}  // namespace geod
