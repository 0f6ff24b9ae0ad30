#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod catalog events|show`.
void add_event_commands(CLI::App& catalog, CommandContext& context);

}  // namespace geod
