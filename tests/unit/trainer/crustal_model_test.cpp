#include "trainer/crustal_model.hpp"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

TEST(CrustalModel, BendsRaysByTheSlownessOfTheirTravelTimes) {
  const CrustalModel crust;
  const PointKm source{0.0, 0.0, 12.0};
  for (const double x : {3.0, 40.0, 150.0, 300.0}) {
    const CrustalRay ray = crust.p_ray(source, {x, 0.0, 0.0});
    const double step = 1e-3;
    const double slope = (crust.p_travel_time_s(source, {x + step, 0.0, 0.0}) -
                          crust.p_travel_time_s(source, {x - step, 0.0, 0.0})) /
                         (2.0 * step);
    EXPECT_NEAR(ray.slowness_s_km, slope, 1e-7) << x;
    // Snell's law at the source.
    EXPECT_NEAR(std::sin(ray.take_off_rad), slope * crust.p_speed_at(12.0), 1e-6) << x;
  }
  // Up at a station above, down at a far one.
  EXPECT_GT(crust.p_ray(source, {3.0, 0.0, 0.0}).take_off_rad, 1.6);
  EXPECT_LT(crust.p_ray(source, {300.0, 0.0, 0.0}).take_off_rad, 1.5);
}

TEST(CrustalModel, TravelsStraightWhenTheGradientIsSmall) {
  CrustalModel crust;
  crust.gradient_per_s = 1e-5;
  EXPECT_NEAR(crust.p_travel_time_s({0, 0, 10}, {30, 40, 0}), std::hypot(50.0, 10.0) / 5.5, 1e-3);
}

TEST(CrustalModel, TakesTheIntegralOfSlownessStraightDown) {
  const CrustalModel crust;
  const double expected = std::log(crust.p_speed_at(12.0) / crust.p_speed_at(0.0)) / 0.03;
  EXPECT_NEAR(crust.p_travel_time_s({0, 0, 12}, {0, 0, 0}), expected, 1e-9);
}

TEST(CrustalModel, LetsSTakeTheRatioLonger) {
  const CrustalModel crust;
  const PointKm source{10, 5, 8};
  EXPECT_NEAR(crust.s_travel_time_s(source, {0, 0, 0}) / crust.p_travel_time_s(source, {0, 0, 0}),
              1.73,
              1e-12);
}

TEST(DoubleCouple, HasTheQuadrantsOfAVerticalStrikeSlipFault) {
  const DoubleCouple fault{0.0, std::numbers::pi / 2.0, 0.0};
  const double sideways = std::numbers::pi / 2.0;
  EXPECT_NEAR(fault.radiation(std::numbers::pi / 4.0, sideways).p, 1.0, 1e-12);
  EXPECT_NEAR(fault.radiation(3.0 * std::numbers::pi / 4.0, sideways).p, -1.0, 1e-12);
  EXPECT_NEAR(fault.radiation(0.0, sideways).p, 0.0, 1e-12);
  EXPECT_NEAR(fault.radiation(0.0, sideways).sh, 1.0, 1e-12);
}

TEST(DoubleCouple, PushesUpAboveAThrust) {
  const DoubleCouple thrust{0.0, std::numbers::pi / 4.0, std::numbers::pi / 2.0};
  EXPECT_NEAR(thrust.radiation(0.3, std::numbers::pi).p, 1.0, 1e-12);
}

TEST(Brune, GivesAMagnitudeThreeACornerNearTenHertz) {
  const double corner_hz = brune_corner_hz(seismic_moment_n_m(3.0), 3.3, 3.0);
  EXPECT_GT(corner_hz, 5.0);
  EXPECT_LT(corner_hz, 10.0);
  // Three times the moment exponent lower: ten times the corner per two units of magnitude.
  EXPECT_NEAR(brune_corner_hz(seismic_moment_n_m(1.0), 3.3, 3.0) / corner_hz, 10.0, 1e-9);
}

}  // namespace
}  // namespace geod::trainer
