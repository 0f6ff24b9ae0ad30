#include "trainer/nested_subset.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <utility>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

constexpr double kShares[] = {0.1, 0.25, 0.5, 0.75, 1.0};

std::vector<std::vector<std::int64_t>> shards_of(const std::vector<std::int64_t>& sizes) {
  std::vector<std::vector<std::int64_t>> shards;
  for (const std::int64_t size : sizes) {
    shards.emplace_back(static_cast<std::size_t>(size));
    std::iota(shards.back().begin(), shards.back().end(), 0);
  }
  return shards;
}

std::set<std::pair<std::size_t, std::int64_t>> as_set(const std::vector<ShardSample>& samples) {
  std::set<std::pair<std::size_t, std::int64_t>> out;
  for (const ShardSample& each : samples) {
    out.emplace(each.shard, each.sample);
  }
  return out;
}

TEST(NestedSubset, OfTheFaultSetHasThePublishedCountsAndAThirdOfEachCountOfLayers) {
  const auto shards = shards_of(std::vector<std::int64_t>(96, 500));  // 3 x 32, as stored
  const std::int64_t expected[] = {4800, 12000, 24000, 36000, 48000};
  for (std::size_t i = 0; i < std::size(kShares); ++i) {
    const auto subset = nested_subset(shards, kShares[i], 7);
    EXPECT_EQ(static_cast<std::int64_t>(subset.size()), expected[i]);
    for (std::size_t group = 0; group < 3; ++group) {
      const auto of_group = std::ranges::count_if(
          subset, [group](const ShardSample& each) { return each.shard / 32 == group; });
      // To one sample in each of the 32 shards.
      EXPECT_NEAR(static_cast<double>(of_group), static_cast<double>(expected[i]) / 3.0, 32.0);
    }
  }
  // The prefix has samples of the first count of layers alone.
  const auto first = first_samples(shards, 0.25);
  EXPECT_EQ(first.size(), 12000U);
  EXPECT_EQ(first.back().shard, 23U);
}

TEST(NestedSubset, LiesInThatOfALargerShareForEverySeed) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<std::int64_t> sizes(1 + random() % 9);
    for (auto& size : sizes) {
      size = static_cast<std::int64_t>(random() % 40);
    }
    sizes.front() += 1;  // not empty
    const auto shards = shards_of(sizes);
    const auto count = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
    std::set<std::pair<std::size_t, std::int64_t>> smaller;
    for (const double share : kShares) {
      const auto subset = nested_subset(shards, share, seed);
      const auto now = as_set(subset);
      EXPECT_EQ(now.size(), subset.size()) << "each sample once";
      EXPECT_TRUE(std::ranges::includes(now, smaller)) << share;
      for (std::size_t s = 0; s < sizes.size(); ++s) {
        const auto of_shard =
            std::ranges::count_if(subset, [s](const ShardSample& each) { return each.shard == s; });
        EXPECT_NEAR(static_cast<double>(of_shard), share * static_cast<double>(sizes[s]), 1.5);
      }
      smaller = now;
    }
    EXPECT_EQ(static_cast<std::int64_t>(smaller.size()), count);
  }
}

TEST(NestedSubset, IsAnotherOneForAnotherSeedAndTheSameForTheSame) {
  const auto shards = shards_of({100, 100});
  EXPECT_EQ(nested_subset(shards, 0.1, 1), nested_subset(shards, 0.1, 1));
  EXPECT_NE(nested_subset(shards, 0.1, 1), nested_subset(shards, 0.1, 2));
}

TEST(NestedSubset, HasASampleAtLeastAndNoneOfNothing) {
  EXPECT_EQ(nested_subset(shards_of({3}), 0.01, 1).size(), 1U);
  EXPECT_TRUE(nested_subset(shards_of({0, 0}), 1.0, 1).empty());
}

}  // namespace
}  // namespace geod::trainer
