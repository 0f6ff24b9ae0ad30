#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod eval`: scores a model on labelled recordings.
void add_eval_command(CLI::App& app, CommandContext& context);

}  // namespace geod
