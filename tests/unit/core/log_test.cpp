#include "core/log.hpp"

#include <gtest/gtest.h>

namespace geod::log {
namespace {

using std::chrono::seconds;

TEST(RateLimit, LetsTheFirstThroughAndCountsTheRest) {
  RateLimit limit(seconds{60});
  const std::chrono::steady_clock::time_point start{};
  EXPECT_TRUE(limit.allow("a", start));
  EXPECT_FALSE(limit.allow("a", start + seconds{1}));
  EXPECT_FALSE(limit.allow("a", start + seconds{59}));
  EXPECT_TRUE(limit.allow("b", start + seconds{1}));
  std::uint64_t held_back = 0;
  EXPECT_TRUE(limit.allow("a", start + seconds{60}, &held_back));
  EXPECT_EQ(held_back, 2U);
}

TEST(RateLimit, StaysBoundedUnderHostileKeys) {
  RateLimit limit;
  const std::chrono::steady_clock::time_point start{};
  for (int i = 0; i < 100'000; ++i) {
    EXPECT_TRUE(limit.allow(std::to_string(i), start));
  }
}

}  // namespace
}  // namespace geod::log
