#pragma once

#include <cstdint>

#include "core/fibre_detection.hpp"
#include "core/time.hpp"

namespace geod::storage {

/// A detection on a fibre as the database holds it.
struct StoredDetection {
  FibreDetection detection;     ///< completed_at is not stored
  std::int64_t channels = 0;    ///< that its mask touches
  std::int64_t p_arrivals = 0;  ///< channels with an arrival of P, as the next
  std::int64_t s_arrivals = 0;
  std::int64_t detection_key = 0;  ///< ascends in the order of commits
  Time inserted;                   ///< wall time of the commit
  std::int64_t run_key = 0;        ///< which run of geod wrote it
};

}  // namespace geod::storage
