#include "trainer/geodesic.hpp"

#include <GeographicLib/Geodesic.hpp>

namespace geod::trainer {

EpicentralPath epicentral_path(const GeoPoint& station, const GeoPoint& epicentre) {
  double metres = 0.0;
  double azimuth = 0.0;
  double azimuth_there = 0.0;
  GeographicLib::Geodesic::WGS84().Inverse(station.latitude_deg,
                                           station.longitude_deg,
                                           epicentre.latitude_deg,
                                           epicentre.longitude_deg,
                                           metres,
                                           azimuth,
                                           azimuth_there);
  return {metres / 1e3, azimuth < 0.0 ? azimuth + 360.0 : azimuth};
}

GeoPoint point_at(const GeoPoint& from, double azimuth_deg, double distance_km) {
  GeoPoint to;
  GeographicLib::Geodesic::WGS84().Direct(from.latitude_deg,
                                          from.longitude_deg,
                                          azimuth_deg,
                                          distance_km * 1e3,
                                          to.latitude_deg,
                                          to.longitude_deg);
  return to;
}

}  // namespace geod::trainer
