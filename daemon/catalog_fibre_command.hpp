#pragma once

#include <memory>

#include "daemon/catalog_queries.hpp"
#include "daemon/command.hpp"

namespace geod {

/// `geod catalog detections|arrivals|waterfall`: events on fibres.
void add_fibre_commands(CLI::App& catalog,
                        const std::shared_ptr<CatalogOptions>& options,
                        CommandContext& context);

}  // namespace geod
