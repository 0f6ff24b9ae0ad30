#include "catalog/travel_times.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
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

/// Random numbers of a seed that is printed.
class Random {
 public:
  Random() : engine_(seed_) { std::printf("seed %u\n", seed_); }
  double operator()(double low, double high) {
    return std::uniform_real_distribution<>(low, high)(engine_);
  }

 private:
  unsigned seed_ = std::random_device{}();
  std::mt19937 engine_{seed_};
};

/// Over all of iasp91's crust and uppermost mantle, with stations from a valley to a mountain.
const TravelTimes& iasp91_times() {
  static const auto kTimes = TravelTimes::make(iasp91(), {1000.0, 100.0, -0.3, 2.7}, 2);
  return *kTimes;
}

constexpr std::array kPhases{Phase::kP, Phase::kS};

TEST(TravelTimes, AreThoseOfStraightRaysInAUniformEarth) {
  const TravelTimeRange range{1000.0, 100.0, -0.3, 2.7};
  const auto times = TravelTimes::make(uniform_earth(), range, 1);
  ASSERT_TRUE(times.has_value()) << times.error().what;
  Random uniform;
  for (int i = 0; i < 20'000; ++i) {
    const double x = uniform(0.0, 1000.0);
    const double z = uniform(-2.0, 100.0);
    const double e = uniform(-0.3, 2.7);
    const double chord = chord_km(x, z, e);
    EXPECT_NEAR(times->first_arrival(Phase::kP, x, z, e).time_s, chord / 6.0, 5e-4)
        << x << " " << z << " " << e;
    EXPECT_NEAR(times->first_arrival(Phase::kS, x, z, e).time_s, chord / 3.5, 5e-4)
        << x << " " << z << " " << e;
  }
}

TEST(TravelTimes, FollowTheHeadWaveOfATwoLayerCrust) {
  // 30 km of 6 km/s over 8 km/s, flat: t = x / 8 + (2 * 30 - z) cos(i) / 6, sin(i) = 6 / 8, beyond
  // the crossover at 2 * 30 sqrt((8 + 6) / (8 - 6)) = 159 km. The earth's curvature shortens it by
  // less than 0.15 s: the ray at depth runs on a smaller circle (30 / 6371 of 300 km / 8 is 0.18
  // s).
  const VelocityModel crust{
      "crust", {{0.0, 6.0, 3.5}, {30.0, 6.0, 3.5}, {30.0, 8.0, 4.6}, {31.0, 8.0, 4.6}}};
  const auto times = TravelTimes::make(crust, {300.0, 30.0, 0.0, 0.0}, 1);
  ASSERT_TRUE(times.has_value());
  const double cosine = std::sqrt(1.0 - 0.75 * 0.75);
  for (const double x : {180.0, 240.0, 300.0}) {
    for (const double z : {0.0, 10.0, 25.0}) {
      const double flat = x / 8.0 + (60.0 - z) * cosine / 6.0;
      const Arrival first = times->first_arrival(Phase::kP, x, z);
      EXPECT_LT(first.time_s, flat);
      EXPECT_GT(first.time_s, flat - 0.25);
      EXPECT_NEAR(first.dt_dx, 1.0 / 8.0, 0.001);
      EXPECT_NEAR(first.dt_dz, -cosine / 6.0, 0.002);
    }
  }
}

TEST(TravelTimes, AreContinuous) {
  Random uniform;
  // No first arrival is slower than the slowest rock, 3.36 km/s: 0.298 s/km.
  constexpr double kSlowest = 1.0 / 3.36;
  constexpr double kRounding = 3e-4;  // single precision of 300 s, a millionth
  for (int i = 0; i < 50'000; ++i) {
    const double x = uniform(0.0, 1000.0);
    const double z = uniform(-2.0, 100.0);
    const double e = uniform(-0.3, 2.7);
    const double step = uniform(0.0, 0.01);
    for (const Phase phase : kPhases) {
      const double here = iasp91_times().first_arrival(phase, x, z, e).time_s;
      EXPECT_NEAR(here,
                  iasp91_times().first_arrival(phase, x + step, z, e).time_s,
                  1.2 * kSlowest * step + kRounding)
          << x << " " << z << " " << e;
      EXPECT_NEAR(here,
                  iasp91_times().first_arrival(phase, x, z + step, e).time_s,
                  1.2 * kSlowest * step + kRounding)
          << x << " " << z << " " << e;
      EXPECT_NEAR(here,
                  iasp91_times().first_arrival(phase, x, z, e + step).time_s,
                  1.2 * kSlowest * step + kRounding)
          << x << " " << z << " " << e;
    }
  }
}

TEST(TravelTimes, HaveTheDerivativesOfTheirOwnTimes) {
  Random uniform;
  constexpr double kStepKm = 0.05;  // its rounding, 1e-4 s over two steps, is 1e-3 s/km
  for (int i = 0; i < 20'000; ++i) {
    // A step away from the nodes of the grid, across which second derivatives jump.
    const double x = std::floor(uniform(1.0, 499.0)) * 2.0 + uniform(0.1, 1.9);
    const double z = std::floor(uniform(4.0, 99.0)) + uniform(0.1, 0.9);
    const double e = uniform(-0.3, 2.7);
    for (const Phase phase : kPhases) {
      const auto time = [&](double dx, double dz) {
        return iasp91_times().first_arrival(phase, x + dx, z + dz, e).time_s;
      };
      const Arrival first = iasp91_times().first_arrival(phase, x, z, e);
      EXPECT_NEAR(first.dt_dx, (time(kStepKm, 0.0) - time(-kStepKm, 0.0)) / (2.0 * kStepKm), 4e-3)
          << x << " " << z << " " << e;
      EXPECT_NEAR(first.dt_dz, (time(0.0, kStepKm) - time(0.0, -kStepKm)) / (2.0 * kStepKm), 4e-3)
          << x << " " << z << " " << e;
    }
  }
}

TEST(TravelTimes, GoOnStraightBeyondTheirRange) {
  for (const Phase phase : kPhases) {
    const Arrival border = iasp91_times().first_arrival(phase, 1000.0, 100.0);
    const Arrival beyond = iasp91_times().first_arrival(phase, 1010.0, 120.0);
    EXPECT_NEAR(beyond.time_s, border.time_s + 10.0 * border.dt_dx + 20.0 * border.dt_dz, 1e-9);
    EXPECT_EQ(beyond.dt_dx, border.dt_dx);
  }
}

TEST(TravelTimes, GiveTheSameOneByOneAndManyAtOnce) {
  Random uniform;
  std::vector<Path> paths(101);
  for (Path& path : paths) {
    path = {uniform(0.0, 1100.0), uniform(-3.0, 110.0), uniform(-0.3, 2.7)};
  }
  std::vector<Arrival> arrivals(paths.size());
  for (const Phase phase : kPhases) {
    iasp91_times().first_arrivals(phase, paths, arrivals);
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const Path& path = paths[i];
      const Arrival one =
          iasp91_times().first_arrival(phase, path.distance_km, path.depth_km, path.elevation_km);
      EXPECT_EQ(arrivals[i].time_s, one.time_s);
      EXPECT_EQ(arrivals[i].dt_dx, one.dt_dx);
      EXPECT_EQ(arrivals[i].dt_dz, one.dt_dz);
    }
  }
}

TEST(TravelTimes, DoNotDependOnTheNumberOfThreads) {
  const auto one = TravelTimes::make(ak135(), {100.0, 20.0, 0.0, 1.0}, 1);
  const auto three = TravelTimes::make(ak135(), {100.0, 20.0, 0.0, 1.0}, 3);
  for (double x = 0.0; x < 100.0; x += 3.3) {
    EXPECT_EQ(one->first_arrival(Phase::kS, x, 0.2 * x, 0.5).time_s,
              three->first_arrival(Phase::kS, x, 0.2 * x, 0.5).time_s);
  }
}

TEST(TravelTimes, ReachIntoTheShadowOfALowVelocityZone) {
  // A lid of 6 km/s over 5 km/s from 10 to 20 km. Rays that leave the lid come back far away only;
  // what comes first until then has run along the lid's lower side.
  const VelocityModel lid{"lid",
                          {{0.0, 5.8, 3.35},
                           {10.0, 6.0, 3.46},
                           {10.0, 5.0, 2.89},
                           {20.0, 5.0, 2.89},
                           {20.0, 6.2, 3.58},
                           {40.0, 6.6, 3.81}}};
  const auto times = TravelTimes::make(lid, {400.0, 30.0, 0.0, 0.0}, 1);
  ASSERT_TRUE(times.has_value());
  double last = 0.0;
  for (double x = 1.0; x <= 400.0; x += 1.0) {
    const Arrival first = times->first_arrival(Phase::kP, x, 0.0);
    EXPECT_GT(first.time_s, last);
    EXPECT_LT(first.time_s - last, 1.02 / 5.8) << x;
    EXPECT_LT(first.time_s, x / 5.8) << x;
    EXPECT_GT(first.time_s, x / 6.7) << x;
    last = first.time_s;
  }
}

TEST(TravelTimes, RefuseRangesTheyCannotCover) {
  for (const TravelTimeRange& range : {TravelTimeRange{0.0, 100.0, 0.0, 0.0},
                                       TravelTimeRange{5000.0, 100.0, 0.0, 0.0},
                                       TravelTimeRange{1000.0, 700.0, 0.0, 0.0},
                                       TravelTimeRange{1000.0, 100.0, 2.0, 1.0},
                                       TravelTimeRange{1000.0, 100.0, 0.0, 2700.0},
                                       TravelTimeRange{std::nan(""), 100.0, 0.0, 0.0}}) {
    const auto times = TravelTimes::make(iasp91(), range, 1);
    ASSERT_FALSE(times.has_value());
    EXPECT_EQ(times.error().code, Errc::kConfig);
  }
}

}  // namespace
}  // namespace geod::catalog
