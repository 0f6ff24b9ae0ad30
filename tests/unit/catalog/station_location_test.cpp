#include "catalog/station_location.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace geod::catalog {
namespace {

Estimate estimate(EstimateValue value, const std::string& adapter) {
  return {"00112233445566aa",
          {"CI", "CLC", "", "H", "H"},
          *parse_iso("2019-07-04T17:33:49"),
          value,
          2,
          "starter-dpk-1",
          std::string(64, 'a'),
          adapter,
          std::string(64, adapter[0])};
}

TEST(DistanceFromSMinusP, TakesEightKilometresASecond) {
  // 6 / (sqrt(3) - 1) = 8.1962 km a second; 40 s are 327.85 km, 0.34 km less from 15 km depth.
  const Length far = distance_from_s_minus_p({40.0, 0.0});
  EXPECT_NEAR(far.km, 327.85 - 0.17, 0.01);
  EXPECT_NEAR(far.sigma_km, 32.785, 0.01);
}

TEST(DistanceFromSMinusP, DoesNotKnowTheDepthOfANearEvent) {
  // 2.4402 s are 20.0 km: 20.0 from the surface, sqrt(400 - 225) = 13.23 from 15 km.
  const Length near = distance_from_s_minus_p({20.0 / 8.196152422706632, 0.0});
  EXPECT_NEAR(near.km, 16.614, 0.001);
  EXPECT_NEAR(near.sigma_km, std::hypot(3.386, 2.0), 0.001);
  // 1 s: nearer than 15 km, so the epicentre may be right below the station.
  const Length below = distance_from_s_minus_p({1.0, 0.0});
  EXPECT_NEAR(below.km, 4.098, 0.001);
  EXPECT_NEAR(below.sigma_km, std::hypot(4.098, 0.8196), 0.001);
}

TEST(DistanceFromSMinusP, CarriesTheUncertaintyOfThePicks) {
  const Length sharp = distance_from_s_minus_p({10.0, 0.0});
  const Length blunt = distance_from_s_minus_p({10.0, 1.0});
  EXPECT_EQ(blunt.km, sharp.km);
  EXPECT_NEAR(blunt.sigma_km, std::hypot(sharp.sigma_km, 8.19615), 1e-4);
}

TEST(WeightedMean, WeighsWithTheInverseVariance) {
  // Weights 1 and 1/4: (10 + 12 / 4) / 1.25 = 10.4, variance 1 / 1.25; 2 apart where sqrt(5) is
  // expected.
  const Length mean = weighted_mean({10.0, 1.0}, {12.0, 2.0});
  EXPECT_NEAR(mean.km, 10.4, 1e-12);
  EXPECT_NEAR(mean.sigma_km, std::sqrt(0.8), 1e-12);
  EXPECT_EQ(weighted_mean({12.0, 2.0}, {10.0, 1.0}), mean);
}

TEST(WeightedMean, IsWidenedWhereTheTwoDisagree) {
  // 50 apart where 5 is expected: ten times the standard deviation of the mean, 2.4.
  const Length mean = weighted_mean({10.0, 3.0}, {60.0, 4.0});
  EXPECT_NEAR(mean.km, 10.0 + 50.0 * 9.0 / 25.0, 1e-12);
  EXPECT_NEAR(mean.sigma_km, 24.0, 1e-12);
}

TEST(WeightedMean, BearsALengthWithoutUncertainty) {
  const Length mean = weighted_mean({10.0, 0.0}, {12.0, 2.0});
  EXPECT_NEAR(mean.km, 10.0, 1e-5);
  EXPECT_TRUE(std::isfinite(mean.sigma_km));
}

TEST(LocateFromOneStation, WithoutAnSPickKeepsTheDistanceOfTheNetwork) {
  const StationLocation location =
      locate_from_one_station(estimate(DistanceEstimate{42.0, 6.0}, "d-1"),
                              estimate(BackAzimuthEstimate{200.0, 15.0}, "b-1"),
                              std::nullopt);
  EXPECT_EQ(location.distance_km, 42.0);
  EXPECT_EQ(location.distance_uncertainty_km, 6.0);
  EXPECT_EQ(location.back_azimuth_deg, 200.0);
  EXPECT_EQ(location.back_azimuth_uncertainty_deg, 15.0);
  EXPECT_LT(location.s_minus_p_s, 0.0);
  EXPECT_EQ(location.pick_id, "00112233445566aa");
  EXPECT_EQ(location.model_id, "starter-dpk-1");
  EXPECT_EQ(location.distance_adapter_id, "d-1");
  EXPECT_EQ(location.back_azimuth_adapter_id, "b-1");
}

TEST(LocateFromOneStation, AnSPickSharpensTheDistance) {
  const SMinusP interval{5.0, 0.1};
  const StationLocation location =
      locate_from_one_station(estimate(DistanceEstimate{42.0, 6.0}, "d-1"),
                              estimate(BackAzimuthEstimate{200.0, 15.0}, "b-1"),
                              interval);
  const Length from_s = distance_from_s_minus_p(interval);
  EXPECT_GT(location.distance_km, from_s.km);
  EXPECT_LT(location.distance_km, 42.0);
  EXPECT_LT(location.distance_uncertainty_km, std::min(6.0, from_s.sigma_km));
  EXPECT_EQ(location.s_minus_p_s, 5.0);
}

StationLocation at(double distance_km, double back_azimuth_deg) {
  StationLocation location;
  location.distance_km = distance_km;
  location.distance_uncertainty_km = 4.0;
  location.back_azimuth_deg = back_azimuth_deg;
  location.back_azimuth_uncertainty_deg = 10.0;
  return location;
}

TEST(EpicentreOf, LiesAlongTheBackAzimuth) {
  // A degree of latitude at the equator of WGS84 is 110.574 km, of longitude 111.320 km.
  const Epicentre north = epicentre_of(at(110.574, 0.0), 0.0, 20.0);
  EXPECT_NEAR(north.latitude_deg, 1.0, 1e-4);
  EXPECT_NEAR(north.longitude_deg, 20.0, 1e-9);
  const Epicentre west = epicentre_of(at(111.320, 270.0), 0.0, 20.0);
  EXPECT_NEAR(west.latitude_deg, 0.0, 1e-9);
  EXPECT_NEAR(west.longitude_deg, 19.0, 1e-4);
}

TEST(EpicentreOf, CrossesThePoleAndTheDateLine) {
  const Epicentre over_the_pole = epicentre_of(at(2 * 111.694, 0.0), 89.0, 10.0);
  EXPECT_NEAR(over_the_pole.latitude_deg, 89.0, 1e-3);
  EXPECT_NEAR(over_the_pole.longitude_deg, -170.0, 1e-6);
  EXPECT_NEAR(epicentre_of(at(222.640, 90.0), 0.0, 179.0).longitude_deg, -179.0, 1e-3);
}

TEST(ErrorEllipseOf, HasTheArcOfTheBackAzimuthAcross) {
  const ErrorEllipse ellipse = error_ellipse_of(at(100.0, 45.0));
  EXPECT_EQ(ellipse.along_km, 4.0);
  EXPECT_NEAR(ellipse.across_km, 17.4533, 1e-4);
}

}  // namespace
}  // namespace geod::catalog
