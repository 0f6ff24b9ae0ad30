#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod synth seismic`, `geod synth das` and `geod synth fwi`: labelled synthetic recordings,
/// images and velocity models with their shots, from physics.
void add_synth_command(CLI::App& app, CommandContext& context);

}  // namespace geod
