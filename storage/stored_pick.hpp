#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/estimate.hpp"
#include "core/pick.hpp"
#include "core/time.hpp"

namespace geod::storage {

/// A pick as the database holds it.
struct StoredPick {
  Pick pick;                  ///< completed_at is not stored
  std::int64_t pick_key = 0;  ///< ascends in the order of commits
  Time inserted;              ///< wall time of the commit
  std::int64_t run_key = 0;   ///< which run of geod wrote it
  /// Of a P pick, one a task at most, in the order of kScalarTasks: of the bundle that told last.
  std::vector<Estimate> estimates;
};

/// A single-station location as the database holds it.
struct StoredLocation {
  StationLocation location;
  std::int64_t location_key = 0;
  /// Of the station; nothing until its site was imported.
  std::optional<double> station_latitude_deg;
  std::optional<double> station_longitude_deg;
  Time inserted;  ///< wall time of the commit
};

}  // namespace geod::storage
