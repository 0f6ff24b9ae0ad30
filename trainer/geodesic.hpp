#pragma once

namespace geod::trainer {

/// Degrees north and east.
struct GeoPoint {
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
};

/// The way from a station to an epicentre.
struct EpicentralPath {
  double distance_km = 0.0;
  double back_azimuth_deg = 0.0;  ///< at the station, clockwise from north, [0, 360)
};

/// Along the geodesic of the WGS84 ellipsoid. Source: Karney (2013), through GeographicLib.
EpicentralPath epicentral_path(const GeoPoint& station, const GeoPoint& epicentre);

/// The point `distance_km` from `from` along a geodesic that leaves at `azimuth_deg`.
GeoPoint point_at(const GeoPoint& from, double azimuth_deg, double distance_km);

}  // namespace geod::trainer
