#pragma once

#include "daemon/command.hpp"

namespace geod {

/// Adds show, check and pack to `geod adapters`: what needs a bundle's folder and no daemon.
void add_adapters_bundle_commands(CLI::App& adapters, CommandContext& context);

}  // namespace geod
