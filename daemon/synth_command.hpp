#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod synth seismic`: labelled synthetic recordings from physics.
void add_synth_command(CLI::App& app, CommandContext& context);

}  // namespace geod
