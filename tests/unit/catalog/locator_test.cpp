#include "catalog/locator.hpp"

#include <cmath>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "bench/association_run.hpp"

namespace geod::catalog {
namespace {

class LocatorTest : public testing::Test {
 protected:
  /// Exact arrivals at stations on a ring around 21 S, 69 W.
  std::vector<Observation> ring(int stations, double ring_km, const Trial& source) const {
    std::vector<Observation> observations;
    for (int i = 0; i < stations; ++i) {
      const double angle = 6.283185307 * i / stations;
      for (const Phase phase : {Phase::kP, Phase::kS}) {
        Observation each;
        each.station = moved(centre, ring_km * std::sin(angle), ring_km * std::cos(angle));
        each.phase = phase;
        each.sigma_s = 0.1;
        each.time_s =
            source.time_s +
            bench::suite_travel_times()
                .first_arrival(
                    phase, way_between(source.epicentre, each.station).distance_km, source.depth_km)
                .time_s;
        observations.push_back(each);
      }
    }
    return observations;
  }

  const SurfacePoint centre = surface_point(-21.0, -69.0);
  const Trial truth{moved(centre, 12.0, -7.0), 11.0, 100.0};
  const Locator locator{bench::suite_travel_times(), LocatorOptions{}};
};

TEST_F(LocatorTest, FindsAnExactSourceWithoutAStart) {
  const Location location = locator.locate(ring(6, 25.0, truth));
  EXPECT_LT(way_between(location.at.epicentre, truth.epicentre).distance_km, 0.01);
  EXPECT_NEAR(location.at.depth_km, truth.depth_km, 0.05);
  EXPECT_NEAR(location.at.time_s, truth.time_s, 0.01);
  EXPECT_FALSE(location.depth_is_fixed);
  EXPECT_LT(location.standard_error_s, 1e-3);
}

TEST_F(LocatorTest, TwoWildPicksDoNotMoveIt) {
  std::vector<Observation> observations = ring(8, 25.0, truth);
  observations[0].time_s += 9.0;
  observations[5].time_s -= 6.0;
  const Location location = locator.locate(observations);
  EXPECT_LT(way_between(location.at.epicentre, truth.epicentre).distance_km, 1.0);
  EXPECT_LT(location.weights[0], 0.1);
  EXPECT_GT(location.residuals_s[0], 7.0);
}

TEST_F(LocatorTest, FixesTheDepthThatItsStationsCannotTell) {
  std::vector<Observation> observations;
  for (const Observation& each : ring(5, 140.0, truth)) {
    if (each.phase == Phase::kP) {
      observations.push_back(each);
    }
  }
  const Location location = locator.locate(observations);
  EXPECT_TRUE(location.depth_is_fixed);
  EXPECT_EQ(location.at.depth_km, LocatorOptions{}.fixed_depth_km);
  EXPECT_GT(std::sqrt(location.covariance[2][2]), 4.0);
}

TEST_F(LocatorTest, OneStationWithABackAzimuthIsHonestlyWide) {
  std::vector<Observation> observations = ring(1, 60.0, truth);
  const double back_deg = way_between(observations[0].station, truth.epicentre).azimuth_deg();
  observations[0].back_azimuth_deg = Measured{back_deg, 15.0};
  const Location location = locator.locate(observations);
  const std::vector<int> stations{0, 0};
  const Origin origin = origin_of(location, observations, stations, Time{}, locator);
  const double off_km = way_between(location.at.epicentre, truth.epicentre).distance_km;
  EXPECT_LT(off_km, 10.0);
  // The arc of 15 degrees at 67 km is 17.6 km.
  EXPECT_GT(origin.ellipse.major_km, 14.0);
  EXPECT_LT(origin.ellipse.major_km, 30.0);
  EXPECT_TRUE(origin.depth_is_fixed);
  EXPECT_EQ(origin.quality, QualityClass::kD);
  EXPECT_NEAR(origin.azimuthal_gap_deg, 360.0, 1e-9);
}

/// Errors of the arrivals of `ring` that all stem from the layers, with the correlation they claim.
std::vector<double> draw_model_errors(const std::vector<Observation>& observations,
                                      const Trial& source,
                                      const ModelError& model,
                                      std::mt19937_64& random) {
  const std::size_t size = observations.size();
  std::vector<std::vector<double>> factor(size, std::vector<double>(size));
  std::vector<double> errors_s(size);
  std::normal_distribution<double> scatter(0.0, 1.0);
  for (std::size_t j = 0; j < size; ++j) {
    const double normal = scatter(random);
    for (std::size_t i = j; i < size; ++i) {
      const Observation& a = observations[i];
      const Observation& b = observations[j];
      double sum = i == j ? 1.0
                          : model.correlation(way_between(a.station, b.station).distance_km,
                                              a.phase == b.phase);
      for (std::size_t k = 0; k < j; ++k) {
        sum -= factor[i][k] * factor[j][k];
      }
      factor[i][j] = i == j ? std::sqrt(sum) : sum / factor[j][j];
      errors_s[i] += factor[i][j] * normal * model.sigma_s(a.phase, a.time_s - source.time_s);
    }
  }
  return errors_s;
}

bool holds(const Location& location, const Trial& truth) {
  const Way off = way_between(location.at.epicentre, truth.epicentre);
  const double east = off.distance_km * off.east;
  const double north = off.distance_km * off.north;
  const Covariance& c = location.covariance;
  return (east * east * c[1][1] - 2.0 * east * north * c[0][1] + north * north * c[0][0]) /
             (c[0][0] * c[1][1] - c[0][1] * c[0][1]) <=
         2.2789;
}

TEST_F(LocatorTest, AnEllipseHoldsTheTruthAsOftenAsItSays) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  std::normal_distribution<double> scatter(0.0, 1.0);
  constexpr int kEvents = 400;
  int held = 0;
  int held_one_sided = 0;
  int held_credulous = 0;
  LocatorOptions credulous;
  credulous.model = kExactModel;
  for (int event = 0; event < kEvents; ++event) {
    std::vector<Observation> observations = ring(7, 30.0, truth);
    const std::vector<double> wrong_s =
        draw_model_errors(observations, truth, locator.options().model, random);
    for (std::size_t i = 0; i < observations.size(); ++i) {
      Observation& each = observations[i];
      const double alone_s =
          std::hypot(each.sigma_s, locator.model_sigma_s(each.time_s - truth.time_s));
      each.time_s += scatter(random) * alone_s + wrong_s[i];
    }
    held += static_cast<int>(holds(locator.locate(observations, truth), truth));
    observations.resize(8);  // four stations to the east
    held_one_sided += static_cast<int>(holds(locator.locate(observations, truth), truth));
    held_credulous += static_cast<int>(
        holds(Locator{bench::suite_travel_times(), credulous}.locate(observations, truth), truth));
  }
  // 68 % with 2.3 % of sampling and a few for Huber's weights.
  EXPECT_GT(held, 0.56 * kEvents);
  EXPECT_LT(held, 0.80 * kEvents);
  EXPECT_GT(held_one_sided, 0.56 * kEvents);
  EXPECT_LT(held_one_sided, 0.82 * kEvents);
  EXPECT_LT(held_credulous, 0.40 * kEvents) << "errors that stations share do not average out";
}

TEST_F(LocatorTest, TheApertureOfAFibreWeighsItsShare) {
  std::vector<Observation> observations = ring(4, 25.0, truth);
  Observation fibre = observations[0];
  fibre.time_s += 0.6;
  fibre.share = 1.0;
  std::vector<Observation> loud = observations;
  std::vector<Observation> quiet = observations;
  for (int i = 0; i < 40; ++i) {
    fibre.share = 1.0;
    loud.push_back(fibre);
    fibre.share = 3.0 / 40.0;
    quiet.push_back(fibre);
  }
  const auto off_km = [&](const std::vector<Observation>& each) {
    return way_between(locator.locate(each, truth).at.epicentre, truth.epicentre).distance_km;
  };
  EXPECT_LT(off_km(quiet), 0.6 * off_km(loud));
}

TEST_F(LocatorTest, ASharedClockIsSetRightAndItsPicksStillTellTheirDifferences) {
  LocatorOptions options;
  options.model = kExactModel;
  const Locator exact{bench::suite_travel_times(), options};
  std::vector<Observation> observations = ring(3, 25.0, truth);
  std::vector<Observation> fibre = ring(40, 18.0, truth);
  constexpr double kLate_s = 1.5;
  for (Observation& each : fibre) {
    each.time_s += kLate_s;
    each.sigma_s = 0.05;
    each.share = 3.0 / 40.0;
    each.clock = 7;
  }
  const Location stations_alone = exact.locate(observations);
  observations.insert(observations.end(), fibre.begin(), fibre.end());
  const Location location = exact.locate(observations);
  EXPECT_LT(way_between(location.at.epicentre, truth.epicentre).distance_km, 0.2);
  EXPECT_NEAR(location.at.time_s, truth.time_s, 0.05);
  ASSERT_EQ(location.clocks.size(), 1U);
  EXPECT_EQ(location.clocks[0].clock, 7);
  EXPECT_NEAR(location.clocks[0].late_s, kLate_s, 0.05);
  EXPECT_NEAR(location.residuals_s.back(), kLate_s, 0.05) << "of what was recorded";
  EXPECT_LT(location.standard_error_s, 0.05) << "of what is explained";
  // They sharpen the place; the time no more than the six picks of stations do at a known place.
  EXPECT_LT(location.covariance[0][0], 0.8 * stations_alone.covariance[0][0]);
  EXPECT_GT(std::sqrt(location.covariance[3][3]), 0.1 / std::sqrt(6.0));
}

TEST_F(LocatorTest, QualityFollowsTheEllipseAndTheGap) {
  Origin origin;
  origin.ellipse = {0.8, 0.5, 0.0};
  origin.depth_sigma_km = 1.0;
  origin.azimuthal_gap_deg = 90.0;
  origin.phases = 12;
  EXPECT_EQ(location_quality(origin), QualityClass::kA);
  origin.depth_is_fixed = true;
  EXPECT_EQ(location_quality(origin), QualityClass::kB);
  origin.azimuthal_gap_deg = 200.0;
  EXPECT_EQ(location_quality(origin), QualityClass::kC);
  origin.ellipse.major_km = 9.0;
  EXPECT_EQ(location_quality(origin), QualityClass::kD);
}

}  // namespace
}  // namespace geod::catalog
