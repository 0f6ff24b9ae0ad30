#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod synth das`, under `geod synth`: labelled tiles of synthetic fibres.
void add_synth_das_command(CLI::App& synth, CommandContext& context);

}  // namespace geod
