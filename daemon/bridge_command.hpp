#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod bridge asn|febus|xdas`: passes an interrogator's live data on to a daemon.
void add_bridge_command(CLI::App& app, CommandContext& context);

}  // namespace geod
