// The conditioner at the borders: of what can be measured, of segments, of the rates it takes.
#include <algorithm>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/conditioned_rows.hpp"

namespace geod::streams {
namespace {

TEST(FibreConditioner, ValuesBeyondAllMeasurementsSpoilTheirChannelAlone) {
  for (const double wild : {1e300, 1e38, -3e30}) {
    const auto geometry = geometry_of([](FibreGeometry& g) { g.type = DasSampleType::kFloat64; });
    const auto rows =
        condition({signal_block(geometry, 0, 6000, [wild](std::int64_t t, std::int64_t c) {
          return c == 11 && t > 2000 && t % 3 == 0 ? wild : noise(t, c);
        })});
    for (std::int64_t row = rows[0].first_row; row < rows[0].end(); ++row) {
      for (std::int64_t column = 0; column < kChannels; ++column) {
        ASSERT_TRUE(rows[0].at(row, column) >= 0.0F && rows[0].at(row, column) <= 255.0F);
      }
    }
    EXPECT_EQ(rows[0].at(rows[0].end() - 1, 11), kNoSample);
    EXPECT_NEAR(root_mean_square(rows[0], 10), 127.5 / 6.0, 4.0);
  }
}

TEST(FibreConditioner, AGapBeginsASegmentWithoutMemory) {
  const auto geometry = geometry_of();
  const auto rows = condition(
      {signal_block(geometry, 0, 10000, noise), signal_block(geometry, 10100, 10000, noise)});
  const auto second = condition({signal_block(geometry, 10100, 10000, noise)});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].first_row, second[0].first_row);
  EXPECT_EQ(rows[1].values, second[0].values);
}

TEST(FibreConditioner, FollowsSmallStepsOfTheClock) {
  const auto geometry = geometry_of();
  std::vector<DasBlock> blocks;
  for (std::int64_t first = 0; first < 20000; first += 1000) {
    blocks.push_back(signal_block(geometry, first, 1000, noise));
    blocks.back().start += Duration{first * 400};  // 0.4 ms, 0.4 samples, a second
  }
  const auto rows = condition(blocks);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_NEAR(seconds_of(rows[0], rows[0].end() - 1), 20.0 + 0.0004 * 19 - 0.001, 0.011);
}

TEST(FibreConditioner, TakesStreamsTooShortToLevelForNothing) {
  EXPECT_TRUE(condition({signal_block(geometry_of(), 0, 500, noise)}).empty());
  EXPECT_TRUE(condition({signal_block(geometry_of(), 0, 1, noise)}).empty());
  const auto shortest = condition({signal_block(geometry_of(), 0, 1000, noise)});
  ASSERT_EQ(shortest.size(), 1U);
  EXPECT_EQ(shortest[0].rows(), 100);
}

TEST(FibreConditioner, RefusesRatesOutOfReach) {
  FibreConditioner conditioner{{}};
  std::vector<FibreRows> out;
  const auto geometry = geometry_of([](FibreGeometry& g) { g.rate = *SampleRate::make(100'000); });
  const auto pushed = conditioner.push(pieces_of({signal_block(geometry, 0, 10, noise)})[0], out);
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().code, Errc::kUnsupported);
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace geod::streams
