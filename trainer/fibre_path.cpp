#include "trainer/fibre_path.hpp"

#include <cmath>
#include <numbers>

namespace geod::trainer {
namespace {

constexpr double kPi = std::numbers::pi;

/// Headings along a surface cable, radians from north: straight runs, rounded corners of up to
/// 100 degrees, and a slow wander.
std::vector<double> bent_headings(Rng& rng, std::int64_t channels) {
  constexpr double kLargestCornerRad = 100.0 * kPi / 180.0;
  std::vector<double> headings;
  double heading = rng.uniform(0.0, 2.0 * kPi);
  const double wander_rad = rng.uniform(0.0, 0.01);
  std::int64_t straight = 10 + rng.below(channels);
  double turn_left_rad = 0.0;
  double turn_step_rad = 0.0;
  for (std::int64_t i = 0; i < channels; ++i) {
    headings.push_back(heading);
    heading += wander_rad * rng.normal();
    if (std::abs(turn_left_rad) > std::abs(turn_step_rad)) {
      heading += turn_step_rad;
      turn_left_rad -= turn_step_rad;
    } else if (--straight <= 0) {
      turn_left_rad = rng.uniform(-kLargestCornerRad, kLargestCornerRad);
      turn_step_rad = turn_left_rad / static_cast<double>(1 + rng.below(12));
      straight = 10 + rng.below(channels);
    }
  }
  return headings;
}

Vector3 direction(double azimuth_rad, double dip_rad) {
  return {std::cos(dip_rad) * std::sin(azimuth_rad),
          std::cos(dip_rad) * std::cos(azimuth_rad),
          std::sin(dip_rad)};
}

std::vector<Vector3> make_tangents(Rng& rng, FibreKind kind, std::int64_t channels) {
  const auto count = static_cast<std::size_t>(channels);
  if (kind == FibreKind::kBends) {
    std::vector<Vector3> tangents;
    for (const double heading : bent_headings(rng, channels)) {
      tangents.push_back(direction(heading, 0.0));
    }
    return tangents;
  }
  const double azimuth = rng.uniform(0.0, 2.0 * kPi);
  if (kind == FibreKind::kStraight) {
    return std::vector<Vector3>(count, direction(azimuth, 0.0));
  }
  // Half of the boreholes leave the vertical below a kick-off point.
  const double final_dip = rng.chance(0.5) ? kPi / 2.0 : rng.uniform(kPi / 6.0, kPi / 2.0);
  const auto kick_off = rng.below(channels);
  const auto bend = static_cast<double>(20 + rng.below(channels));
  std::vector<Vector3> tangents;
  for (std::int64_t i = 0; i < channels; ++i) {
    const double bent = std::min(1.0, std::max(0.0, static_cast<double>(i - kick_off) / bend));
    tangents.push_back(direction(azimuth, kPi / 2.0 + (final_dip - kPi / 2.0) * bent));
  }
  return tangents;
}

}  // namespace

double dot(const Vector3& a, const Vector3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

FibrePath make_fibre_path(Rng& rng, FibreKind kind, std::int64_t channels, double spacing_m) {
  FibrePath path;
  path.kind = kind;
  path.spacing_m = spacing_m;
  path.tangents = make_tangents(rng, kind, channels);
  PointKm at{0.0, 0.0, 0.0};
  for (const Vector3& tangent : path.tangents) {
    path.points.push_back(at);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      at[axis] += tangent[axis] * spacing_m * 1e-3;
    }
  }
  return path;
}

}  // namespace geod::trainer
