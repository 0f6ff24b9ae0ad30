#pragma once

#include <memory>

#include "daemon/catalog_queries.hpp"
#include "daemon/command.hpp"

namespace geod {

/// `geod catalog section`: the record section of an event as an SVG file.
void add_section_command(CLI::App& catalog,
                         const std::shared_ptr<CatalogOptions>& options,
                         CommandContext& context);

}  // namespace geod
