#include "catalog/surface_point.hpp"

#include <cmath>

#include <GeographicLib/Geodesic.hpp>
#include <gtest/gtest.h>

namespace geod::catalog {
namespace {

TEST(SurfacePoint, DistancesAndAzimuthsAreThoseOfTheGeodesic) {
  const double latitudes[] = {-80.0, -21.0, 0.0, 35.7, 64.0, 89.0};
  const double longitudes[] = {-117.5, 0.0, 179.9};
  for (const double latitude : latitudes) {
    for (const double longitude : longitudes) {
      for (const double azimuth : {0.0, 37.0, 90.0, 200.0, 311.0}) {
        for (const double km : {0.5, 30.0, 250.0, 500.0}) {
          double to_latitude = 0.0;
          double to_longitude = 0.0;
          GeographicLib::Geodesic::WGS84().Direct(
              latitude, longitude, azimuth, km * 1e3, to_latitude, to_longitude);
          const Way way = way_between(surface_point(latitude, longitude),
                                      surface_point(to_latitude, to_longitude));
          EXPECT_NEAR(way.distance_km, km, 0.005) << latitude << " " << azimuth;
          EXPECT_NEAR(std::remainder(way.azimuth_deg() - azimuth, 360.0), 0.0, 0.02);
        }
      }
    }
  }
}

TEST(SurfacePoint, MovesAcrossTheDateLine) {
  const SurfacePoint from = surface_point(10.0, 179.95);
  const SurfacePoint to = moved(from, 30.0, -40.0);
  EXPECT_LT(to.longitude_deg, -179.0);
  EXPECT_NEAR(way_between(from, to).distance_km, 50.0, 0.01);
}

TEST(SurfacePoint, TheWayToItselfHasNoDirection) {
  const SurfacePoint here = surface_point(50.0, 6.0);
  const Way way = way_between(here, here);
  EXPECT_EQ(way.distance_km, 0.0);
  EXPECT_EQ(way.east, 0.0);
  EXPECT_EQ(way.north, 0.0);
}

}  // namespace
}  // namespace geod::catalog
