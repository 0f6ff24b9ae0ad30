#include "trainer/nested_subset.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/error.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {
namespace {

/// Streams of the generator: one a shard.
constexpr std::uint64_t kSubsetStream = 0x5AB5'E700'0000'0000ULL;

std::vector<ShardSample> all_samples(std::span<const std::vector<std::int64_t>> shards) {
  std::vector<ShardSample> all;
  for (std::size_t s = 0; s < shards.size(); ++s) {
    for (const std::int64_t sample : shards[s]) {
      all.push_back({s, sample});
    }
  }
  return all;
}

std::size_t wanted_of(std::size_t count, double share) {
  GEOD_CHECK(share > 0.0 && share <= 1.0, "a share of the set");
  const auto wanted = static_cast<std::size_t>(std::llround(share * static_cast<double>(count)));
  return std::min(count, std::max<std::size_t>(1, wanted));
}

}  // namespace

std::vector<ShardSample> nested_subset(std::span<const std::vector<std::int64_t>> shards,
                                       double share,
                                       std::uint64_t seed) {
  std::vector<ShardSample> all = all_samples(shards);
  if (all.empty()) {
    return all;
  }
  // Every shard is shuffled; its j-th sample of n comes in at the share (j + u) / n, with one u of
  // the shard, so that each share holds its part of each shard, to one sample.
  std::vector<double> enters_at(all.size());
  std::size_t first = 0;
  for (std::size_t s = 0; s < shards.size(); ++s) {
    const std::size_t count = shards[s].size();
    Rng random(seed, kSubsetStream + s);
    std::vector<std::size_t> place(count);
    std::iota(place.begin(), place.end(), std::size_t{0});
    for (std::size_t i = count; i > 1; --i) {
      std::swap(place[i - 1],
                place[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
    }
    const double offset = random.uniform();
    for (std::size_t i = 0; i < count; ++i) {
      enters_at[first + i] = (static_cast<double>(place[i]) + offset) / static_cast<double>(count);
    }
    first += count;
  }
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return enters_at[i]; });
  order.resize(wanted_of(all.size(), share));
  std::ranges::sort(order);
  std::vector<ShardSample> subset;
  for (const std::size_t i : order) {
    subset.push_back(all[i]);
  }
  return subset;
}

std::vector<ShardSample> first_samples(std::span<const std::vector<std::int64_t>> shards,
                                       double share) {
  std::vector<ShardSample> all = all_samples(shards);
  if (!all.empty()) {
    all.resize(wanted_of(all.size(), share));
  }
  return all;
}

}  // namespace geod::trainer
