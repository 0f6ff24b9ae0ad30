#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod replay`: recorded miniSEED files as a live stream.
void add_replay_command(CLI::App& app, CommandContext& context);

}  // namespace geod
