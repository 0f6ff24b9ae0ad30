#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod synth seismic` and `geod synth das`: labelled synthetic recordings and images from
/// physics.
void add_synth_command(CLI::App& app, CommandContext& context);

}  // namespace geod
