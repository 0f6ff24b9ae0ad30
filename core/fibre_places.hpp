#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace geod {

/// Where one channel of a fibre is.
struct FibrePlace {
  std::int64_t channel = 0;    ///< number along the fibre
  double latitude_deg = 0.0;   ///< WGS84
  double longitude_deg = 0.0;  ///< in [-180, 180]
  double elevation_m = 0.0;    ///< of the fibre above sea level
  bool operator==(const FibrePlace&) const = default;
};

/// Where a fibre lies by its publisher's metadata from a time on, until the next change.
struct FibrePlacesChange {
  std::string fibre_id;
  Time from;                       ///< first sample after it was told
  std::vector<FibrePlace> places;  ///< two at least, ascending in channel; straight in between
  bool operator==(const FibrePlacesChange&) const = default;
};

}  // namespace geod
