#pragma once

#include "core/error.hpp"
#include "storage/database.hpp"
#include "storage/query.hpp"

namespace geod::storage {

/// As Reader::blindness; call inside a read transaction.
Result<Blindness> read_blindness(Database& database, const BlindQuery& query);

}  // namespace geod::storage
