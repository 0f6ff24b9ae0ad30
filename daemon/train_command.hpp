#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod train`: trains a picker on labelled recordings and exports a model folder.
void add_train_command(CLI::App& app, CommandContext& context);

}  // namespace geod
