#pragma once

#include <cstdint>

#include "core/pick.hpp"
#include "core/time.hpp"

namespace geod::storage {

/// A pick as the database holds it.
struct StoredPick {
  Pick pick;                  ///< completed_at is not stored
  std::int64_t pick_key = 0;  ///< ascends in the order of commits
  Time inserted;              ///< wall time of the commit
  std::int64_t run_key = 0;   ///< which run of geod wrote it
};

}  // namespace geod::storage
