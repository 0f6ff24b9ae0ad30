#include "models/event_moveout.hpp"

#include <cmath>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fibre_signals.hpp"

namespace geod::models {
namespace {

FibreGrid grid_of(std::int64_t columns, double spacing_m = 10.0) {
  FibreGrid grid;
  grid.fibre_id = "XX.CABLE1";
  grid.columns = columns;
  grid.first_channel = 100;
  grid.channel_stride = 2;
  grid.column_spacing_m = spacing_m;
  return grid;
}

/// Arrivals of P on columns [from, to) with normal errors of `sigma` rows.
EventArrivals arrivals_at(std::int64_t from,
                          std::int64_t to,
                          double sigma,
                          const std::function<double(std::int64_t)>& row) {
  EventArrivals arrivals;
  for (std::int64_t c = from; c < to; ++c) {
    arrivals.of_phase[0].push_back(
        {c, 10'000.0 + row(c) + sigma * streams::fibre_noise(c, 3), 3.0, 0.9F, true});
  }
  return arrivals;
}

TEST(Moveout, TellsTheApparentVelocityAndItsSign) {
  for (const double velocity : {-6000.0, -1500.0, 2000.0, 5000.0}) {
    const Moveout moveout = moveout_of(
        arrivals_at(
            100,
            500,
            2.0,
            [&](std::int64_t c) { return static_cast<double>(c) * 10.0 / velocity * 100.0; }),
        grid_of(800),
        {});
    EXPECT_NEAR(moveout.velocity_m_s, velocity, std::abs(velocity) * 0.03);
    EXPECT_TRUE(moveout.has_arrivals);
    EXPECT_FALSE(moveout.is_too_slow);
    EXPECT_FALSE(moveout.is_everywhere_at_once);
  }
}

TEST(Moveout, AVehicleIsTooSlowAlsoWhereItTurns) {
  for (const double velocity : {5.0, 40.0, 300.0}) {
    EXPECT_TRUE(moveout_of(arrivals_at(0,
                                       120,
                                       3.0,
                                       [&](std::int64_t c) {
                                         return std::abs(static_cast<double>(c) - 60.0) * 10.0 /
                                                velocity * 100.0;
                                       }),
                           grid_of(800),
                           {})
                    .is_too_slow)
        << velocity;
  }
}

TEST(Moveout, AHyperbolaIsFastOnBothSides) {
  // An apex in the middle: the line through all of it is flat, which says nothing of its speed.
  const Moveout moveout = moveout_of(
      arrivals_at(
          0,
          400,
          2.0,
          [](std::int64_t c) { return std::hypot(100.0, 0.4 * (static_cast<double>(c) - 200.0)); }),
      grid_of(800),
      {});
  EXPECT_FALSE(moveout.is_too_slow);
  EXPECT_LE(std::abs(moveout.velocity_m_s), kFastestMPerS);
}

TEST(Moveout, NearlyTheWholeFibreInOneInstantIsNoWave) {
  const auto flat = [](std::int64_t) { return 0.0; };
  EXPECT_TRUE(moveout_of(arrivals_at(10, 790, 0.3, flat), grid_of(800), {}).is_everywhere_at_once);
  // A part of the fibre, or with the scatter that real wavefronts have, may be one.
  EXPECT_FALSE(moveout_of(arrivals_at(10, 500, 0.3, flat), grid_of(800), {}).is_everywhere_at_once);
  EXPECT_FALSE(moveout_of(arrivals_at(10, 790, 3.0, flat), grid_of(800), {}).is_everywhere_at_once);
}

TEST(Moveout, SaysNothingFromFewArrivalsOrAnUnknownSpacing) {
  const auto steep = [](std::int64_t c) { return 100.0 * static_cast<double>(c); };
  EXPECT_FALSE(moveout_of(arrivals_at(0, 9, 1.0, steep), grid_of(800), {}).has_arrivals);
  const Moveout unknown = moveout_of(arrivals_at(0, 200, 1.0, steep), grid_of(800, 0.0), {});
  EXPECT_TRUE(unknown.has_arrivals);
  EXPECT_FALSE(unknown.is_too_slow);
  EXPECT_EQ(unknown.velocity_m_s, 0.0);
}

TEST(AperturePicks, SpeakForAKilometreEach) {
  EventArrivals arrivals =
      arrivals_at(50, 310, 2.0, [](std::int64_t c) { return static_cast<double>(c) * 0.5; });
  arrivals.of_phase[0][30].row += 400.0;  // column 80
  const FibreGrid grid = grid_of(800);
  const auto picks = aperture_picks(arrivals, grid);
  ASSERT_EQ(picks.size(), 3U);  // columns 50-99, 100-199, 200-299; 300-309 are too few
  EXPECT_EQ(picks[1].first_channel, 100 + 2 * 100);
  EXPECT_EQ(picks[1].last_channel, 100 + 2 * 199);
  EXPECT_EQ(picks[1].arrivals, 100);
  for (const FibrePick& pick : picks) {
    const double column = static_cast<double>(pick.channel - 100) / 2.0;
    const double expected_s = (10'000.0 + 0.5 * column) / 100.0;
    EXPECT_NEAR(to_seconds(pick.time.time_since_epoch()), expected_s, 0.02);
    EXPECT_GT(pick.uncertainty_s, 0.01);
    EXPECT_LT(pick.uncertainty_s, 0.03);
    EXPECT_NEAR(pick.probability, 0.9, 1e-6);
  }
}

TEST(AperturePicks, SpeakForAsLongASectionAsIsAskedFor) {
  const EventArrivals arrivals =
      arrivals_at(0, 400, 2.0, [](std::int64_t c) { return static_cast<double>(c) * 0.5; });
  EXPECT_EQ(aperture_picks(arrivals, grid_of(800)).size(), 4U);
  EXPECT_EQ(aperture_picks(arrivals, grid_of(800), 2000.0).size(), 2U);
}

TEST(AperturePicks, SpeakForSixtyFourChannelsWhereTheSpacingIsUnknown) {
  const auto picks =
      aperture_picks(arrivals_at(0, 128, 1.0, [](std::int64_t) { return 0.0; }), grid_of(800, 0.0));
  ASSERT_EQ(picks.size(), 2U);
  EXPECT_EQ(picks[0].last_channel, 100 + 2 * 63);
}

}  // namespace
}  // namespace geod::models
