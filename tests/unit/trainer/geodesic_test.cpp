#include "trainer/geodesic.hpp"

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

// Expected values: obspy.geodetics.gps2dist_azimuth (WGS84).
TEST(Geodesic, AgreesWithObspy) {
  const EpicentralPath east = epicentral_path({35.8, -117.6}, {36.1, -117.2});
  EXPECT_NEAR(east.distance_km, 49.0959, 1e-3);
  EXPECT_NEAR(east.back_azimuth_deg, 47.1946, 1e-3);
  const EpicentralPath west = epicentral_path({-20.0, -70.0}, {-19.5, -71.2});
  EXPECT_NEAR(west.distance_km, 137.4135, 1e-3);
  EXPECT_NEAR(west.back_azimuth_deg, 293.5498, 1e-3);
}

TEST(Geodesic, CrossesTheDateLine) {
  const EpicentralPath path = epicentral_path({0.0, 179.5}, {0.0, -179.5});
  EXPECT_NEAR(path.distance_km, 111.3195, 1e-3);
  EXPECT_NEAR(path.back_azimuth_deg, 90.0, 1e-9);
}

TEST(Geodesic, ComesBackToThePointItWentTo) {
  const GeoPoint there = point_at({46.0, 7.0}, 230.0, 300.0);
  const EpicentralPath path = epicentral_path({46.0, 7.0}, there);
  EXPECT_NEAR(path.distance_km, 300.0, 1e-6);
  EXPECT_NEAR(path.back_azimuth_deg, 230.0, 1e-6);
}

}  // namespace
}  // namespace geod::trainer
