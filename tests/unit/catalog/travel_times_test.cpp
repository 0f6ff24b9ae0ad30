#include "catalog/travel_times.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace geod::catalog {
namespace {

/// One velocity at all depths, 6 and 3.5 km/s: rays are straight lines through the sphere.
VelocityModel uniform_earth() {
  return {"uniform", {{0.0, 6.0, 3.5}}};
}

/// Length of the chord between two points `distance_km` apart at sea level.
double chord_km(double distance_km, double depth_km, double elevation_km) {
  const double low = kEarthRadiusKm - depth_km;
  const double high = kEarthRadiusKm + elevation_km;
  const double half = std::sin(0.5 * distance_km / kEarthRadiusKm);
  return std::sqrt((high - low) * (high - low) + 4.0 * low * high * half * half);
}

unsigned fresh_seed() {
  const unsigned seed = std::random_device{}();
  ::testing::Test::RecordProperty("seed", std::to_string(seed));
  return seed;
}

TEST(TravelTimes, AreThoseOfStraightRaysInAUniformEarth) {
  const TravelTimeRange range{1000.0, 100.0, -0.3, 2.7};
  const auto times = TravelTimes::make(uniform_earth(), range, 1);
  ASSERT_TRUE(times.has_value()) << times.error().what;
  const unsigned seed = fresh_seed();
  std::mt19937 random(seed);
  const auto uniform = [&random](double low, double high) {
    return std::uniform_real_distribution<>(low, high)(random);
  };
  for (int i = 0; i < 20'000; ++i) {
    const double x = uniform(0.0, 1000.0);
    const double z = uniform(-2.0, 100.0);
    const double e = uniform(-0.3, 2.7);
    const double chord = chord_km(x, z, e);
    EXPECT_NEAR(times->first_arrival(Phase::kP, x, z, e).time_s, chord / 6.0, 2e-4)
        << x << " " << z << " " << e << " seed " << seed;
    EXPECT_NEAR(times->first_arrival(Phase::kS, x, z, e).time_s, chord / 3.5, 2e-4)
        << x << " " << z << " " << e << " seed " << seed;
  }
}

}  // namespace
}  // namespace geod::catalog
