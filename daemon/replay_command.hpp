#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod replay`: recorded miniSEED or HDF5 (DAS) files as a live stream.
void add_replay_command(CLI::App& app, CommandContext& context);

}  // namespace geod
