#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace geod::trainer {

enum class InversionPart : std::uint8_t { kTraining, kValidation };

/// The two files of a shard: shots and the velocity maps that they were shot over.
struct OpenFwiShard {
  std::filesystem::path shots;
  std::filesystem::path velocities;
  std::int64_t layers = 0;  ///< that the names of faults tell; 0: the names tell none
  /// Where the folder or the published split says it.
  std::optional<InversionPart> part;
};

/// Finds the shards of a folder in one of OpenFWI's layouts:
///
///     data/data1.npy, model/model1.npy, ...      (or all in the folder itself)
///     seis2_1_0.npy, vel2_1_0.npy, ...
///
/// in the order of their numbers. Where the folder has two lists, *train.txt and *val.txt, with a
/// pair of paths on each line and a tab between, these say what there is and what it is for; paths
/// that are not there are looked for by their last parts under the folder. Without lists, a set of
/// the published number of shards is split as published.
///
/// kNotFound without shards; kConfig naming file and line.
Result<std::vector<OpenFwiShard>> find_openfwi_shards(const std::filesystem::path& folder);

}  // namespace geod::trainer
