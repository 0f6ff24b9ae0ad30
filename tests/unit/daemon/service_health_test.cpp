#include "daemon/service_health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ServiceHealthTest : public ::testing::Test {
 protected:
  service::HealthCheck check() { return health_.checks(now_).at(0); }

  std::atomic<std::uint64_t> beats_{0};
  std::string fault_;
  ServiceHealth health_;
  std::chrono::steady_clock::time_point now_{1h};
};

TEST_F(ServiceHealthTest, AThreadThatBeatsIsWell) {
  health_.add("ingest", beats_);
  EXPECT_FALSE(check().is_healthy) << "it has not begun";
  for (int i = 0; i < 5; ++i) {
    ++beats_;
    now_ += 20s;
    EXPECT_TRUE(check().is_healthy);
  }
}

TEST_F(ServiceHealthTest, AThreadThatStandsStillIsNot) {
  health_.add("ingest", beats_);
  ++beats_;
  EXPECT_TRUE(check().is_healthy);
  now_ += 29s;
  EXPECT_TRUE(check().is_healthy);
  now_ += 2s;
  EXPECT_FALSE(check().is_healthy);
  EXPECT_THAT(check().detail, HasSubstr("stands still for 31 s"));
  ++beats_;
  EXPECT_TRUE(check().is_healthy);
}

TEST_F(ServiceHealthTest, AFaultIsToldWhileItBeats) {
  health_.add("database", beats_, [this] { return fault_; });
  ++beats_;
  EXPECT_TRUE(check().is_healthy);
  fault_ = "refuses writes";
  EXPECT_FALSE(check().is_healthy);
  EXPECT_EQ(check().detail, "refuses writes");
}

}  // namespace
}  // namespace geod
