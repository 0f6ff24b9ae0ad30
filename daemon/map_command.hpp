#pragma once

#include <memory>

#include "daemon/catalog_queries.hpp"
#include "daemon/command.hpp"

namespace geod {

/// `geod catalog map`: epicentres, stations and fibres as an SVG file.
void add_map_command(CLI::App& catalog,
                     const std::shared_ptr<CatalogOptions>& options,
                     CommandContext& context);

}  // namespace geod
