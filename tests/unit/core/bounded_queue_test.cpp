#include "core/bounded_queue.hpp"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace geod {
namespace {

TEST(BoundedQueue, DrainsAfterClose) {
  BoundedQueue<int> queue(10, WhenFull::kBlock);
  EXPECT_TRUE(queue.push(1).accepted);
  EXPECT_TRUE(queue.push(2).accepted);
  queue.close();
  EXPECT_FALSE(queue.push(3).accepted);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_FALSE(queue.is_drained());
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_TRUE(queue.is_drained());
}

TEST(BoundedQueue, DropsOldestAndHandsItBack) {
  BoundedQueue<int> queue(100, WhenFull::kDropOldest);
  queue.push(1, 40);
  queue.push(2, 40);
  const auto result = queue.push(3, 90);
  ASSERT_EQ(result.dropped.size(), 2U);
  EXPECT_EQ(result.dropped[0], 1);
  EXPECT_EQ(result.dropped[1], 2);
  EXPECT_EQ(queue.weight(), 90U);
}

TEST(BoundedQueue, AWokenPopReturnsWithWhatThereIs) {
  BoundedQueue<int> queue(10, WhenFull::kBlock);
  queue.wake();
  EXPECT_EQ(queue.pop(), std::nullopt) << "would wait for ever without the wake";
  queue.push(1);
  queue.wake();
  EXPECT_EQ(queue.pop(), 1);
  std::jthread consumer([&] { EXPECT_EQ(queue.pop(), std::nullopt); });
  queue.wake();
  consumer.join();
  EXPECT_FALSE(queue.is_drained()) << "a wake is not the end";
}

TEST(BoundedQueue, TakesAnItemHeavierThanItsLimitWhenEmpty) {
  BoundedQueue<int> queue(10, WhenFull::kBlock);
  EXPECT_TRUE(queue.push(7, 1'000).accepted);
  EXPECT_EQ(queue.pop(), 7);
}

TEST(BoundedQueue, BlockedPushEndsOnStop) {
  BoundedQueue<int> queue(1, WhenFull::kBlock);
  queue.push(1);
  std::jthread pusher([&](std::stop_token stop) { EXPECT_FALSE(queue.push(2, 1, stop).accepted); });
  pusher.request_stop();
  pusher.join();
  EXPECT_EQ(queue.size(), 1U);
}

TEST(BoundedQueue, BlockedPopEndsOnClose) {
  BoundedQueue<int> queue(1, WhenFull::kBlock);
  std::jthread popper([&] { EXPECT_EQ(queue.pop(), std::nullopt); });
  queue.close();
}

TEST(BoundedQueue, PopUntilGivesUpAtItsDeadline) {
  BoundedQueue<int> queue(1, WhenFull::kBlock);
  EXPECT_EQ(queue.pop_until(std::chrono::steady_clock::now()), std::nullopt);
}

TEST(BoundedQueue, LosesAndDoublesNothingBetweenManyThreads) {
  constexpr int kProducers = 3;
  constexpr int kItems = 2'000;
  BoundedQueue<int> queue(16, WhenFull::kBlock);
  std::vector<std::atomic<int>> seen(kProducers * kItems);
  std::vector<std::jthread> consumers;
  for (int c = 0; c < 2; ++c) {
    consumers.emplace_back([&] {
      while (const auto item = queue.pop()) {
        ++seen[static_cast<std::size_t>(*item)];
      }
    });
  }
  {
    std::vector<std::jthread> producers;
    for (int p = 0; p < kProducers; ++p) {
      producers.emplace_back([&queue, p] {
        for (int i = 0; i < kItems; ++i) {
          ASSERT_TRUE(queue.push(p * kItems + i).accepted);
        }
      });
    }
  }
  queue.close();
  consumers.clear();
  for (const auto& count : seen) {
    EXPECT_EQ(count.load(), 1);
  }
}

}  // namespace
}  // namespace geod
