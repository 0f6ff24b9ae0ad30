#include "streams/time_grid.hpp"

#include <gtest/gtest.h>

#include "tests/support/record_maker.hpp"

namespace geod::streams {
namespace {

using namespace std::chrono_literals;

TEST(TimeGrid, FindsTheFirstPointNotBeforeATime) {
  const TimeGrid grid(test::rate_of(100));
  EXPECT_EQ(grid.ceil_index(time_from_ns(0)), 0);
  EXPECT_EQ(grid.ceil_index(time_from_ns(1)), 1);
  EXPECT_EQ(grid.ceil_index(time_from_ns(10'000'000)), 1);
  EXPECT_EQ(grid.ceil_index(time_from_ns(-1)), 0);
  EXPECT_EQ(grid.ceil_index(time_from_ns(-10'000'000)), -1);
  EXPECT_EQ(grid.ceil_index(time_from_ns(-10'000'001)), -1);
}

TEST(TimeGrid, IsExactForRatesWithoutANanosecondPeriod) {
  const TimeGrid grid(test::rate_of(3));
  EXPECT_EQ(grid.ceil_index(time_from_ns(333'333'333)), 1);
  EXPECT_EQ(grid.ceil_index(time_from_ns(333'333'334)), 2);
  const std::int64_t years = 50LL * 365 * 86'400 * 3;
  EXPECT_EQ(grid.ceil_index(grid.time_of(years)), years);
}

TEST(TimeGrid, FloorsToMultiplesOnBothSidesOfZero) {
  EXPECT_EQ(floor_to_multiple(7, 4), 4);
  EXPECT_EQ(floor_to_multiple(8, 4), 8);
  EXPECT_EQ(floor_to_multiple(-1, 4), -4);
  EXPECT_EQ(floor_to_multiple(-4, 4), -4);
}

}  // namespace
}  // namespace geod::streams
