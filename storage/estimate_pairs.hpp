#pragma once

#include <vector>

#include "core/error.hpp"
#include "storage/database.hpp"
#include "storage/query.hpp"

namespace geod::storage {

/// As Reader::estimate_pairs.
Result<std::vector<EstimatePair>> read_estimate_pairs(Database& database,
                                                      const EstimatePairQuery& query);

}  // namespace geod::storage
