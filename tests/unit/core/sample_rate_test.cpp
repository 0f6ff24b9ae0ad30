#include "core/sample_rate.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace geod {
namespace {

TEST(SampleRate, ReducesToLowestTerms) {
  const SampleRate rate = *SampleRate::make(200, 2);
  EXPECT_EQ(rate.numerator(), 100);
  EXPECT_EQ(rate.denominator(), 1);
}

TEST(SampleRate, HoldsAThirdOfAHertzExactly) {
  const SampleRate rate = *SampleRate::make(1, 3);
  EXPECT_EQ(rate.span_of(1'000'000), std::chrono::seconds{3'000'000});
}

TEST(SampleRate, DoesNotDriftOverADecade) {
  const SampleRate rate = *SampleRate::make(4096, 100);  // 40.96 Hz
  const std::int64_t samples = 4096LL * 86'400 * 900;
  EXPECT_EQ(rate.span_of(samples), std::chrono::seconds{100LL * 86'400 * 900});
  EXPECT_EQ(rate.samples_in(rate.span_of(samples)), samples);
}

TEST(SampleRate, RoundsSamplesToNearest) {
  const SampleRate rate = *SampleRate::make(100);
  EXPECT_EQ(rate.samples_in(Duration{14'999'999}), 1);
  EXPECT_EQ(rate.samples_in(Duration{15'000'000}), 2);
  EXPECT_EQ(rate.samples_in(Duration{-15'000'000}), -2);
  EXPECT_EQ(rate.samples_ceil(Duration{10'000'000}), 1);
  EXPECT_EQ(rate.samples_ceil(Duration{10'000'001}), 2);
  EXPECT_EQ(rate.samples_ceil(Duration{0}), 0);
}

TEST(SampleRate, FindsTheRationalOfADouble) {
  EXPECT_EQ(*SampleRate::from_hz(100.0), *SampleRate::make(100));
  EXPECT_EQ(*SampleRate::from_hz(40.96), *SampleRate::make(1024, 25));
  EXPECT_EQ(*SampleRate::from_hz(1.0 / 3.0), *SampleRate::make(1, 3));
  EXPECT_EQ(*SampleRate::from_hz(0.1), *SampleRate::make(1, 10));
}

TEST(SampleRate, RefusesNonsense) {
  for (const double hz :
       {0.0, -1.0, 1e7, 1e-9, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_FALSE(SampleRate::from_hz(hz).has_value()) << hz;
  }
  EXPECT_EQ(SampleRate::make(0).error().code, Errc::kUnsupported);
  EXPECT_FALSE(SampleRate::make(5, -1).has_value());
}

}  // namespace
}  // namespace geod
