#pragma once

#include <memory>

#include "daemon/catalog_queries.hpp"
#include "daemon/command.hpp"

namespace geod {

/// `geod catalog waterfall`: a picture of a detection on a fibre.
void add_waterfall_command(CLI::App& catalog,
                           const std::shared_ptr<CatalogOptions>& options,
                           CommandContext& context);

}  // namespace geod
