#include "catalog/surface_point.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace geod::catalog {
namespace {

constexpr double kEquatorialRadius_km = 6378.137;
constexpr double kEccentricitySquared = 6.69437999014e-3;
constexpr double kMeanRadius_km = 6371.0;
constexpr double kDegree = std::numbers::pi / 180.0;

double dot(const std::array<double, 3>& a, const std::array<double, 3>& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

}  // namespace

SurfacePoint surface_point(double latitude_deg, double longitude_deg) {
  const double sin_lat = std::sin(latitude_deg * kDegree);
  const double cos_lat = std::cos(latitude_deg * kDegree);
  const double sin_lon = std::sin(longitude_deg * kDegree);
  const double cos_lon = std::cos(longitude_deg * kDegree);
  const double across_km =
      kEquatorialRadius_km / std::sqrt(1.0 - kEccentricitySquared * sin_lat * sin_lat);
  return {latitude_deg,
          longitude_deg,
          {across_km * cos_lat * cos_lon,
           across_km * cos_lat * sin_lon,
           across_km * (1.0 - kEccentricitySquared) * sin_lat},
          {-sin_lon, cos_lon, 0.0},
          {-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat}};
}

SurfacePoint moved(const SurfacePoint& point, double east_km, double north_km) {
  std::array<double, 3> to{};
  for (std::size_t i = 0; i < 3; ++i) {
    to[i] = point.centred_km[i] + east_km * point.east[i] + north_km * point.north[i];
  }
  // Back to the ellipsoid along the radius; the latitude of a point of its surface is exact.
  const double latitude =
      std::atan2(to[2], (1.0 - kEccentricitySquared) * std::hypot(to[0], to[1]));
  return surface_point(latitude / kDegree, std::atan2(to[1], to[0]) / kDegree);
}

double Way::azimuth_deg() const {
  const double degrees = std::atan2(east, north) / kDegree;
  return degrees < 0.0 ? degrees + 360.0 : degrees;
}

Way way_between(const SurfacePoint& from, const SurfacePoint& to) {
  const std::array<double, 3> chord{to.centred_km[0] - from.centred_km[0],
                                    to.centred_km[1] - from.centred_km[1],
                                    to.centred_km[2] - from.centred_km[2]};
  const double squared_km2 = dot(chord, chord);
  const double x = squared_km2 / (24.0 * kMeanRadius_km * kMeanRadius_km);
  Way way;
  way.distance_km = std::sqrt(squared_km2) * (1.0 + x + 2.7 * x * x);
  const double east_km = dot(chord, from.east);
  const double north_km = dot(chord, from.north);
  const double flat_km = std::sqrt(east_km * east_km + north_km * north_km);
  constexpr double kSamePlace_km = 1e-6;
  if (flat_km > kSamePlace_km) {
    way.east = east_km / flat_km;
    way.north = north_km / flat_km;
  } else {
    way.east = 0.0;
    way.north = 0.0;
  }
  return way;
}

}  // namespace geod::catalog
