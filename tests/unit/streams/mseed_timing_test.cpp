#include "streams/mseed_timing.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "streams/leap_seconds.hpp"
#include "streams/mseed_rate.hpp"

namespace geod::streams {
namespace {

TEST(MseedRate, ReadsTheFourSignsOfFactorAndMultiplierExactly) {
  EXPECT_EQ(*rate_from_factors(20, 5), *SampleRate::make(100));
  EXPECT_EQ(*rate_from_factors(200, -3), *SampleRate::make(200, 3));
  EXPECT_EQ(*rate_from_factors(-10, 3), *SampleRate::make(3, 10));
  EXPECT_EQ(*rate_from_factors(-10, -6), *SampleRate::make(1, 60));
  EXPECT_EQ(*rate_from_factors(-32'768, -30), *SampleRate::make(1, 983'040));
}

TEST(MseedRate, RefusesZeroAndOutOfRange) {
  EXPECT_EQ(rate_from_factors(0, 1).error().reason, RejectReason::kBadRate);
  EXPECT_EQ(rate_from_factors(1, 0).error().reason, RejectReason::kBadRate);
  EXPECT_EQ(rate_from_factors(32'767, 32'767).error().reason, RejectReason::kBadRate);
  EXPECT_EQ(rate_from_factors(-32'768, -32'768).error().reason, RejectReason::kBadRate);
}

TEST(MseedRate, FindsTheRationalThatAFloatMeans) {
  EXPECT_EQ(*rate_from_float32(100.0F, nullptr), *SampleRate::make(100));
  EXPECT_EQ(*rate_from_float32(1.0F / 3.0F, nullptr), *SampleRate::make(1, 3));
  EXPECT_EQ(*rate_from_float32(200.0F / 3.0F, nullptr), *SampleRate::make(200, 3));
  EXPECT_EQ(*rate_from_float32(33.333F, nullptr), *SampleRate::make(33'333, 1000));
  EXPECT_EQ(*rate_from_float32(40.96F, nullptr), *SampleRate::make(1024, 25));
  EXPECT_EQ(*rate_from_float32(99.9987F, nullptr), *SampleRate::make(999'987, 10'000));
  EXPECT_EQ(*rate_from_float32(1.0F / 3600.0F, nullptr), *SampleRate::make(1, 3600));
}

TEST(MseedRate, PrefersTheFixedHeaderWhereTheFloatCannotTellThemApart) {
  const SampleRate nominal = *SampleRate::make(333'333, 10'000);
  EXPECT_EQ(*rate_from_float32(33.3333F, &nominal), nominal);
  const SampleRate other = *SampleRate::make(50);
  EXPECT_EQ(*rate_from_float32(33.333F, &other), *SampleRate::make(33'333, 1000));
}

TEST(MseedRate, StaysWithinTheFloatsOwnPrecision) {
  for (float hz = 0.0011F; hz < 900'000.0F; hz *= 1.0173F) {
    const RecordResult<SampleRate> rate = rate_from_float32(hz, nullptr);
    ASSERT_TRUE(rate.has_value()) << hz;
    EXPECT_NEAR(rate->hz() / static_cast<double>(hz), 1.0, 6e-8) << hz;
  }
}

TEST(MseedRate, RefusesFloatsThatAreNoRate) {
  for (const float hz : {0.0F,
                         -1.0F,
                         2e6F,
                         1e-8F,
                         std::nanf(""),
                         std::numeric_limits<float>::infinity(),
                         std::numeric_limits<float>::denorm_min()}) {
    EXPECT_EQ(rate_from_float32(hz, nullptr).error().reason, RejectReason::kBadRate) << hz;
  }
}

TEST(MseedRate, ReadsDoublesAsRatesAndPeriods) {
  EXPECT_EQ(*rate_from_float64(40.96), *SampleRate::make(1024, 25));
  EXPECT_EQ(*rate_from_float64(-60.0), *SampleRate::make(1, 60));
  EXPECT_EQ(*rate_from_float64(-86'400.0), *SampleRate::make(1, 86'400));
  for (const double bad : {0.0, std::nan(""), 1e9, -1e9, -1e-9}) {
    EXPECT_EQ(rate_from_float64(bad).error().reason, RejectReason::kBadRate) << bad;
  }
}

Time at(const char* text) {
  return *parse_iso(text);
}

TEST(LeapSeconds, CountsTheSecondsInsideARecord) {
  using std::chrono::hours;
  using std::chrono::seconds;
  EXPECT_EQ(leap_seconds_inside(at("2016-12-31T23:59:50Z"), seconds{60}, 0), 1);
  EXPECT_EQ(leap_seconds_inside(at("2017-01-01T00:00:00Z"), seconds{60}, 0), 0);
  EXPECT_EQ(leap_seconds_inside(at("2016-12-31T23:59:50Z"), seconds{10}, 0), 0);
  EXPECT_EQ(leap_seconds_inside(at("2011-06-01T00:00:00Z"), hours{24 * 366 * 6}, 0), 3);
  EXPECT_EQ(leap_seconds_inside(at("1971-12-01T00:00:00Z"), hours{24 * 366 * 50}, 0), 27);
}

TEST(LeapSeconds, ARecordThatOnlyReachesIntoTheInsertedSecondKeepsItsEnd) {
  EXPECT_EQ(leap_seconds_inside(at("2016-12-31T23:59:50Z"), std::chrono::milliseconds{10'500}, 0),
            0);
  EXPECT_EQ(leap_seconds_inside(at("2016-12-31T23:59:50Z"), std::chrono::seconds{11}, 0), 1);
}

TEST(LeapSeconds, BelievesTheRecordOnlyAfterTheTableEnds) {
  using std::chrono::seconds;
  EXPECT_EQ(leap_seconds_inside(at("2019-07-04T00:00:00Z"), seconds{60}, 1), 0);
  EXPECT_EQ(leap_seconds_inside(at("2016-12-31T23:59:50Z"), seconds{60}, -1), 1);
  EXPECT_EQ(leap_seconds_inside(at("2035-12-31T23:59:50Z"), seconds{60}, 1), 1);
  EXPECT_EQ(leap_seconds_inside(at("2035-12-31T23:59:50Z"), seconds{60}, -7), -1);
}

}  // namespace
}  // namespace geod::streams
