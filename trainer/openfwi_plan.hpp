#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "trainer/openfwi_files.hpp"
#include "trainer/openfwi_sets.hpp"

namespace geod::trainer {

/// Samples of a published shard.
inline constexpr std::int64_t kOpenFwiShardSamples = 500;

/// A shard that is to be written.
struct PlannedShard {
  std::filesystem::path shots;       ///< under the folder of the set: "data/data1.npy"
  std::filesystem::path velocities;  ///< "model/model1.npy"
  std::int64_t first = 0;            ///< number of its first sample in the set
  std::int64_t count = 0;
  std::size_t layers = 0;  ///< of every model; 0: drawn
  InversionPart part = InversionPart::kTraining;
};

/// Cuts a set of `samples` into shards as OpenFWI does: of Fault sets a third for each count of
/// layers; the last shards are for validation, in the published share of the samples,
/// at least one sample of two. With
/// kOpenFwiShardSamples a shard, the published number of samples gives the published files.
/// @param samples  at least 1
/// @param shard_samples  at least 1; the last shard of a part may have less
std::vector<PlannedShard> plan_openfwi(const OpenFwiSet& set,
                                       std::int64_t samples,
                                       std::int64_t shard_samples);

/// Samples of the published set: 30000, 54000 or 67000.
std::int64_t published_samples(const OpenFwiSet& set);

/// The list of a part's shards: shots, a tab, velocities, a line for each, relative to the set's
/// folder.
std::string openfwi_list(const std::vector<PlannedShard>& shards, InversionPart part);

}  // namespace geod::trainer
