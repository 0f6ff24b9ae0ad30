#pragma once

namespace geod::catalog {

/// Length of one degree on a sphere of radius 6371 km: distances in files are in degrees, ours in
/// km.
inline constexpr double kKmPerDegree = 111.19492664455873;

}  // namespace geod::catalog
