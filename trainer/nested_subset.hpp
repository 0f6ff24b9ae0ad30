#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace geod::trainer {

/// A sample of a set that lies in several shards.
struct ShardSample {
  std::size_t shard = 0;
  std::int64_t sample = 0;

  bool operator==(const ShardSample&) const = default;
};

/// A share of a set, drawn at random from every shard in proportion to its size: shards are ordered
/// (those of faults by the count of layers), so that the first shards alone would be another set.
/// The subset of a smaller share lies in that of a larger one, for one seed. In the order of the
/// set.
/// @param shards  the samples of each shard that belong to the set, in stored order.
/// @param share  0 to 1; round(share * samples) are drawn, at least one.
std::vector<ShardSample> nested_subset(std::span<const std::vector<std::int64_t>> shards,
                                       double share,
                                       std::uint64_t seed);

/// The first round(share * samples), as the published code would take them.
std::vector<ShardSample> first_samples(std::span<const std::vector<std::int64_t>> shards,
                                       double share);

}  // namespace geod::trainer
