#include "daemon/watchdog.hpp"

#include <gtest/gtest.h>

namespace geod {
namespace {

using namespace std::chrono_literals;

constexpr Watchdog::TimePoint kStart{};

class WatchdogTest : public ::testing::Test {
 protected:
  WatchdogTest() {
    watchdog_.add_worker("geod-io", io_);
    watchdog_.add_worker("geod-infer", infer_, [this] { return pick_queue_is_full_; });
  }

  std::atomic<std::uint64_t> io_{0};
  std::atomic<std::uint64_t> infer_{7};
  bool pick_queue_is_full_ = false;
  Watchdog watchdog_{60s, kStart};
};

TEST_F(WatchdogTest, IsPettedEveryThirdOfTheIntervalWhileAllWorkersMove) {
  int pets = 0;
  for (auto now = kStart; now < kStart + 60s; now += 200ms) {
    ++io_;
    ++infer_;
    pets += watchdog_.is_due(now) ? 1 : 0;
  }
  EXPECT_EQ(pets, 2);
}

TEST_F(WatchdogTest, IsNotPettedWhenOneWorkerStandsStill) {
  for (auto now = kStart; now < kStart + 10min; now += 200ms) {
    ++io_;
    EXPECT_FALSE(watchdog_.is_due(now));
  }
}

TEST_F(WatchdogTest, EachPetNeedsNewProgress) {
  ++io_;
  ++infer_;
  EXPECT_TRUE(watchdog_.is_due(kStart + 20s));
  EXPECT_FALSE(watchdog_.is_due(kStart + 40s));
  ++io_;
  EXPECT_FALSE(watchdog_.is_due(kStart + 41s));
  ++infer_;
  EXPECT_TRUE(watchdog_.is_due(kStart + 42s));
}

TEST_F(WatchdogTest, ALateWorkerIsPettedAsSoonAsItMoves) {
  ++io_;
  EXPECT_FALSE(watchdog_.is_due(kStart + 59s));
  ++infer_;
  EXPECT_TRUE(watchdog_.is_due(kStart + 59s + 200ms));
}

TEST_F(WatchdogTest, AWorkerHeldUpByAnotherIsExcused) {
  ++io_;
  pick_queue_is_full_ = true;
  EXPECT_TRUE(watchdog_.is_due(kStart + 20s));
  pick_queue_is_full_ = false;
  ++io_;
  EXPECT_FALSE(watchdog_.is_due(kStart + 40s));
}

TEST_F(WatchdogTest, NamesLateWorkersBeforeItBites) {
  EXPECT_EQ(watchdog_.late_workers(kStart + 39s), "");
  EXPECT_EQ(watchdog_.late_workers(kStart + 41s), "geod-io, geod-infer");
  ++io_;
  EXPECT_EQ(watchdog_.late_workers(kStart + 41s), "geod-infer");
  pick_queue_is_full_ = true;
  EXPECT_EQ(watchdog_.late_workers(kStart + 41s), "");
}

}  // namespace
}  // namespace geod
