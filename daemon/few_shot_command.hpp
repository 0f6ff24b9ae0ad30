#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod few-shot`: trains on small shares of the events, with several seeds, and prints the table.
void add_few_shot_command(CLI::App& app, CommandContext& context);

}  // namespace geod
