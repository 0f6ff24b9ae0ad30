#include "core/time.hpp"

#include <gtest/gtest.h>

namespace geod {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST(Time, ParsesDateAlone) {
  EXPECT_EQ(to_ns(*parse_iso("1970-01-02")), 86'400'000'000'000);
}

TEST(Time, ParsesFractionToNanoseconds) {
  EXPECT_EQ(to_ns(*parse_iso("1970-01-01T00:00:01.000000001Z")), 1'000'000'001);
  EXPECT_EQ(to_ns(*parse_iso("1970-01-01 00:01")), 60'000'000'000);
}

TEST(Time, PrintsWhatItParses) {
  for (const char* text : {"2019-07-04T17:02:55.123456Z",
                           "1969-12-31T23:59:59.000001Z",
                           "2016-02-29T12:00:00.000000Z"}) {
    EXPECT_EQ(to_iso(*parse_iso(text)), text);
  }
}

TEST(Time, RoundsWhenPrintingFewerDecimals) {
  EXPECT_EQ(to_iso(*parse_iso("2019-12-31T23:59:59.9996"), 3), "2020-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso(*parse_iso("2019-12-31T23:59:59.4"), 0), "2019-12-31T23:59:59Z");
}

TEST(Time, RefusesWhatIsNotATime) {
  for (const char* text : {"",
                           "yesterday",
                           "2019-13-01",
                           "2019-02-29",
                           "2019-07-04T24:00",
                           "2019-07-04T17:60",
                           "2019-07-04T17:00:61",
                           "2019-07-04T17",
                           "2019-07-04T17:00:00.",
                           "2019-07-04x",
                           "0001-01-01",
                           "2019-7-4"}) {
    const auto time = parse_iso(text);
    ASSERT_FALSE(time.has_value()) << text;
    EXPECT_EQ(time.error().code, Errc::kConfig);
  }
}

TEST(Time, DayOfYearCountsFromOne) {
  EXPECT_EQ(to_iso(time_from_day_of_year(2019, 185, 17, 2, 55), 0), "2019-07-04T17:02:55Z");
  EXPECT_EQ(to_iso(time_from_day_of_year(2016, 366, 23, 59, 60), 0), "2017-01-01T00:00:00Z");
}

TEST(Time, DurationsNeedAUnit) {
  EXPECT_EQ(*parse_duration("250ms"), Duration{250'000'000});
  EXPECT_EQ(*parse_duration("0.5s"), Duration{500'000'000});
  EXPECT_EQ(*parse_duration("15min"), minutes{15});
  EXPECT_EQ(*parse_duration("1d"), hours{24});
  for (const char* text : {"", "10", "s", "10 s", "nan s", "1e300s", "10sec"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace geod
