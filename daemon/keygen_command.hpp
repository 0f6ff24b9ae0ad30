#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod keygen FILE`: makes a CURVE key pair; the secret goes to FILE, the public key to stdout.
void add_keygen_command(CLI::App& app, CommandContext& context);

}  // namespace geod
