#pragma once

#include <cstddef>
#include <vector>

#include "core/error.hpp"
#include "storage/database.hpp"
#include "storage/query.hpp"

namespace geod::storage {

/// As Reader::runs and Reader::adapter_log.
Result<std::vector<RunRow>> read_runs(Database& database, std::size_t limit);
Result<std::vector<AdapterLogRow>> read_adapter_log(Database& database, std::size_t limit);

}  // namespace geod::storage
