#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod experiment fwi ood|low-data|rank-alpha`: the matrices of the paper on inversion.
void add_experiment_command(CLI::App& app, CommandContext& context);

}  // namespace geod
