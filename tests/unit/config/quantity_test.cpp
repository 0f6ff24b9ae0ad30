#include "config/quantity.hpp"

#include <gtest/gtest.h>

namespace geod::config {
namespace {

TEST(Bytes, ReadsBinaryAndDecimalUnits) {
  EXPECT_EQ(parse_bytes("64MiB").value(), 64ULL << 20);
  EXPECT_EQ(parse_bytes("1.5GiB").value(), 3ULL << 29);
  EXPECT_EQ(parse_bytes("8MB").value(), 8'000'000ULL);
  EXPECT_EQ(parse_bytes("512B").value(), 512ULL);
}

TEST(Bytes, RefusesWhatHasNoUnitOrNoWholeNumberOfBytes) {
  for (const char* text :
       {"64", "", "MiB", "64 MiB", "64mib", "-1MiB", "0.3B", "nanMiB", "infB", "1e400TiB"}) {
    EXPECT_FALSE(parse_bytes(text).has_value()) << text;
  }
}

TEST(Bytes, PrintsTheLargestUnitThatIsExact) {
  for (const std::uint64_t bytes : {0ULL, 1ULL, 1000ULL, 1024ULL, 1'500'000ULL, 3ULL << 40}) {
    EXPECT_EQ(parse_bytes(format_bytes(bytes)).value(), bytes) << format_bytes(bytes);
  }
  EXPECT_EQ(format_bytes(64ULL << 20), "64MiB");
}

TEST(Durations, PrintWhatParseDurationReadsBack) {
  for (const std::int64_t ns :
       {0LL, 1LL, 50'000'000LL, 90'000'000'000LL, 7LL * 86'400'000'000'000LL}) {
    EXPECT_EQ(parse_duration(format_duration(Duration{ns})).value(), Duration{ns});
  }
  EXPECT_EQ(format_duration(std::chrono::minutes{15}), "15min");
}

}  // namespace
}  // namespace geod::config
