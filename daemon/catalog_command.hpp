#pragma once

#include "daemon/command.hpp"

namespace geod {

/// `geod catalog picks|locations|detections|stations|gaps|...`: queries on the database, beside a
/// running daemon or without one.
void add_catalog_command(CLI::App& app, CommandContext& context);

}  // namespace geod
