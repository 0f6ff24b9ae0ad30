#pragma once

#include <array>

namespace geod::catalog {

/// A place on the WGS84 ellipsoid, ready for fast distances.
struct SurfacePoint {
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;          ///< in [-180, 180]
  std::array<double, 3> centred_km{};  ///< from the centre of the earth
  std::array<double, 3> east{};        ///< unit vectors of the tangent plane, as the next
  std::array<double, 3> north{};
};

SurfacePoint surface_point(double latitude_deg, double longitude_deg);

/// `east_km` and `north_km` away from `point`, over the tangent plane: exact to 1e-3 of the way for
/// ways up to 300 km.
SurfacePoint moved(const SurfacePoint& point, double east_km, double north_km);

/// The way from one place to another: its length over the ellipsoid and its direction where it
/// begins.
struct Way {
  double distance_km = 0.0;
  double east = 0.0;   ///< sine of the azimuth; both are 0 when the places are the same
  double north = 1.0;  ///< its cosine

  double azimuth_deg() const;  ///< in [0, 360)
};

/// From the chord c through the earth: s = c (1 + x + 27/10 x^2) with x = c^2 / (24 R^2), the arc
/// of a circle of radius R = 6371 km. Within 3 m of the geodesic up to 500 km, 25 m up to 1000 km.
Way way_between(const SurfacePoint& from, const SurfacePoint& to);

}  // namespace geod::catalog
