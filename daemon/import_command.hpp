#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod import gpt2|seismollm FILE`: published weights become a model folder.
void add_import_command(CLI::App& app, CommandContext& context);

}  // namespace geod
