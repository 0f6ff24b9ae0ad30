#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod model list|show`: what is installed; geometry, parameters, hash.
void add_model_command(CLI::App& app, CommandContext& context);

}  // namespace geod
