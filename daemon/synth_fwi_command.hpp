#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod synth fwi`: velocity models and their acoustic shots in OpenFWI's layout.
void add_synth_fwi_command(CLI::App& synth, CommandContext& context);

}  // namespace geod
