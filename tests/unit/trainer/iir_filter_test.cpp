#include "trainer/iir_filter.hpp"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

/// Amplitude of a sine of `hz` after the filter has settled.
double gain(ButterworthFilter filter, double hz, double rate_hz) {
  double power = 0.0;
  for (int i = 0; i < 6000; ++i) {
    const double out = filter.step(std::sin(2.0 * std::numbers::pi * hz * i / rate_hz));
    power += i >= 4000 ? out * out : 0.0;  // 2000 samples are whole periods of 0.25, 0.5 and 5 Hz
  }
  return std::sqrt(2.0 * power / 2000.0);
}

class ButterworthOrder : public ::testing::TestWithParam<int> {};

TEST_P(ButterworthOrder, PassesHalfThePowerAtItsCorner) {
  for (const auto kind : {ButterworthFilter::Kind::kLowPass, ButterworthFilter::Kind::kHighPass}) {
    EXPECT_NEAR(
        gain(ButterworthFilter(kind, GetParam(), 5.0, 100.0), 5.0, 100.0), std::sqrt(0.5), 2e-3);
  }
}

TEST_P(ButterworthOrder, FallsBySixDecibelsAnOctaveAndOrder) {
  const ButterworthFilter filter(ButterworthFilter::Kind::kHighPass, GetParam(), 4.0, 100.0);
  const double fall = gain(filter, 0.5, 100.0) / gain(filter, 0.25, 100.0);
  EXPECT_NEAR(std::log2(fall), GetParam(), 0.1);
}

INSTANTIATE_TEST_SUITE_P(Orders, ButterworthOrder, ::testing::Values(1, 2, 4));

TEST(ButterworthFilter, ReachesExactZeroOnPadding) {
  ButterworthFilter filter(ButterworthFilter::Kind::kLowPass, 2, 1.0, 100.0);
  filter.step(1.0);
  double last = 1.0;
  for (int i = 0; i < 100000; ++i) {
    last = filter.step(0.0);
  }
  EXPECT_EQ(last, 0.0);
}

}  // namespace
}  // namespace geod::trainer
