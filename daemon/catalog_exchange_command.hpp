#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod catalog export|import|compare`.
void add_exchange_commands(CLI::App& catalog, CommandContext& context);

}  // namespace geod
