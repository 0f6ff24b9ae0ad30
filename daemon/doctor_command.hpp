#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod doctor`: what on this host keeps geod from running, and how much it can carry.
void add_doctor_command(CLI::App& app, CommandContext& context);

}  // namespace geod
