#include "trainer/openfwi_plan.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace geod::trainer {
namespace {

/// What a family publishes, of each count of layers.
struct Published {
  std::int64_t training_shards;
  std::int64_t validation_shards;
  std::int64_t layer_counts;
};

Published published(OpenFwiFamily family) {
  switch (family) {
    case OpenFwiFamily::kVel:
      return {48, 12, 1};
    case OpenFwiFamily::kFault:
      return {32, 4, 3};
    case OpenFwiFamily::kStyle:
      return {120, 14, 1};
  }
  return {};
}

/// Counts of layers of a Fault set, of the simpler and the harder version.
std::vector<std::size_t> layer_counts(const OpenFwiSet& set) {
  if (set.family != OpenFwiFamily::kFault) {
    return {0};
  }
  return set.code.ends_with('A') ? std::vector<std::size_t>{2, 3, 4}
                                 : std::vector<std::size_t>{6, 7, 8};
}

}  // namespace

std::int64_t published_samples(const OpenFwiSet& set) {
  const Published shards = published(set.family);
  return (shards.training_shards + shards.validation_shards) * shards.layer_counts *
         kOpenFwiShardSamples;
}

std::vector<PlannedShard> plan_openfwi(const OpenFwiSet& set,
                                       std::int64_t samples,
                                       std::int64_t shard_samples) {
  const Published share = published(set.family);
  const std::vector<std::size_t> counts = layer_counts(set);
  const auto groups = static_cast<std::int64_t>(counts.size());
  std::vector<PlannedShard> shards;
  std::int64_t next = 0;
  for (std::int64_t group = 0; group < groups; ++group) {
    const std::int64_t of_group = samples * (group + 1) / groups - samples * group / groups;
    const std::int64_t published_share =
        of_group * share.validation_shards / (share.training_shards + share.validation_shards);
    const std::int64_t held = of_group < 2 ? 0 : std::max(std::int64_t{1}, published_share);
    const std::size_t layers = counts[static_cast<std::size_t>(group)];
    std::int64_t number = 0;
    for (const auto& [part, of_part] : {std::pair{InversionPart::kTraining, of_group - held},
                                        std::pair{InversionPart::kValidation, held}}) {
      for (std::int64_t done = 0; done < of_part; done += shard_samples, ++number) {
        PlannedShard shard;
        shard.shots = layers > 0 ? fmt::format("seis{}_1_{}.npy", layers, number)
                                 : fmt::format("data/data{}.npy", number + 1);
        shard.velocities = layers > 0 ? fmt::format("vel{}_1_{}.npy", layers, number)
                                      : fmt::format("model/model{}.npy", number + 1);
        shard.first = next;
        shard.count = std::min(shard_samples, of_part - done);
        shard.layers = layers;
        shard.part = part;
        next += shard.count;
        shards.push_back(std::move(shard));
      }
    }
  }
  return shards;
}

std::string openfwi_list(const std::vector<PlannedShard>& shards, InversionPart part) {
  std::string out;
  for (const PlannedShard& shard : shards) {
    if (shard.part == part) {
      out += fmt::format("{}\t{}\n", shard.shots.string(), shard.velocities.string());
    }
  }
  return out;
}

}  // namespace geod::trainer
