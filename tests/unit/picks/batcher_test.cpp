#include "models/batcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::models {
namespace {

using namespace std::chrono_literals;

const Batcher::SteadyTime kNow{};

Window window_of(const std::string& station) {
  Window window;
  window.instrument.station = station;
  return window;
}

std::vector<std::string> stations(const std::vector<Window>& windows) {
  std::vector<std::string> names;
  for (const Window& window : windows) {
    names.push_back(window.instrument.station);
  }
  return names;
}

TEST(Batcher, IsDueWhenFull) {
  Batcher batcher(2, 50ms);
  batcher.add(window_of("A"), kNow);
  EXPECT_FALSE(batcher.is_due(kNow));
  batcher.add(window_of("B"), kNow + 1ms);
  EXPECT_TRUE(batcher.is_due(kNow + 1ms));
}

TEST(Batcher, IsDueWhenTheOldestHasWaited) {
  Batcher batcher(10, 50ms);
  EXPECT_EQ(batcher.due_at(), std::nullopt);
  batcher.add(window_of("A"), kNow);
  batcher.add(window_of("B"), kNow + 40ms);
  EXPECT_EQ(batcher.due_at(), kNow + 50ms);
  EXPECT_FALSE(batcher.is_due(kNow + 49ms));
  EXPECT_TRUE(batcher.is_due(kNow + 50ms));
  EXPECT_THAT(stations(batcher.take()), ::testing::ElementsAre("A", "B"));
  EXPECT_FALSE(batcher.is_due(kNow + 1h));
}

TEST(Batcher, TakesTheOldestFirstAndAtMostABatch) {
  Batcher batcher(2, 50ms);
  for (const char* station : {"A", "B", "A", "C", "A"}) {
    batcher.add(window_of(station), kNow);
  }
  EXPECT_THAT(stations(batcher.take()), ::testing::ElementsAre("A", "B"));
  EXPECT_TRUE(batcher.is_due(kNow));
  EXPECT_THAT(stations(batcher.take()), ::testing::ElementsAre("A", "C"));
  EXPECT_FALSE(batcher.is_due(kNow));
  EXPECT_THAT(stations(batcher.take()), ::testing::ElementsAre("A"));
  EXPECT_THAT(batcher.take(), ::testing::IsEmpty());
}

TEST(Batcher, TheNextBatchWaitsFromItsOwnOldest) {
  Batcher batcher(2, 50ms);
  batcher.add(window_of("A"), kNow);
  batcher.add(window_of("B"), kNow);
  batcher.add(window_of("C"), kNow + 30ms);
  batcher.take();
  EXPECT_EQ(batcher.due_at(), kNow + 80ms);
}

}  // namespace
}  // namespace geod::models
