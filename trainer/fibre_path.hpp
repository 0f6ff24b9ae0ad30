#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "trainer/crustal_model.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {

using Vector3 = std::array<double, 3>;
double dot(const Vector3& a, const Vector3& b);

enum class FibreKind : std::uint8_t {
  kStraight,  ///< a cable along a straight road
  kBends,     ///< a cable that turns corners and winds
  kBorehole,  ///< from the surface down, upright or deviated
};

/// Where the channels of a fibre lie and which way it runs there.
struct FibrePath {
  FibreKind kind = FibreKind::kStraight;
  double spacing_m = 10.0;
  std::vector<PointKm> points;
  std::vector<Vector3> tangents;  ///< unit vectors towards the next channel: east, north, down

  std::size_t channels() const { return points.size(); }
};

/// A random path of `channels` channels that begins near the origin. The distance between two
/// neighbours is `spacing_m` (less by the curvature where it bends).
FibrePath make_fibre_path(Rng& rng, FibreKind kind, std::int64_t channels, double spacing_m);

}  // namespace geod::trainer
