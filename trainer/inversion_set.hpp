#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "trainer/dataset_description.hpp"
#include "trainer/nested_subset.hpp"
#include "trainer/npy_shard.hpp"
#include "trainer/openfwi_files.hpp"
#include "trainer/openfwi_sets.hpp"

namespace geod::trainer {

/// Sizes of a sample: shots [sources, times, receivers], velocities [depths, offsets].
struct InversionShape {
  std::int64_t sources = 0;
  std::int64_t times = 0;
  std::int64_t receivers = 0;
  std::int64_t depths = 0;
  std::int64_t offsets = 0;

  std::size_t shot_values() const { return static_cast<std::size_t>(sources * times * receivers); }
  std::size_t map_values() const { return static_cast<std::size_t>(depths * offsets); }
  bool operator==(const InversionShape&) const = default;
};
/// "5 x 1000 x 70 over 70 x 70".
std::string to_string(const InversionShape& shape);

/// One data set of shots and velocity maps, in its files. Immutable; threads may read.
class InversionFolder {
 public:
  /// Opens all shards. The set is known by "name" in the folder's openfwi.json (`geod synth fwi`
  /// writes one, with "licence" and "attribution"), else by the name of the folder.
  /// Errors of find_openfwi_shards and NpyShard::open; kCorruptRecord when shards do not fit each
  /// other, velocities are not in m/s or openfwi.json is none.
  static Result<InversionFolder> open(const std::filesystem::path& folder);

  const std::string& name() const { return name_; }
  const std::string& licence() const { return licence_; }
  const std::string& attribution() const { return attribution_; }
  /// Null when the folder is named as none of OpenFWI's sets.
  const OpenFwiSet* published() const { return published_; }
  const InversionShape& shape() const { return shape_; }

  /// Samples of a part, by shard. Where neither lists nor the published split say it, the last
  /// fifth of the samples (of each count of layers) is for validation.
  std::vector<std::vector<std::int64_t>> samples_of(InversionPart part) const;

  /// Shots as stored and velocities in m/s. kCorruptRecord naming file and sample.
  Result<void> read(const ShardSample& sample,
                    std::span<float> shots,
                    std::span<float> velocities) const;

  /// Names and sizes of the files: tells two data sets apart without reading them.
  std::string identity() const;

 private:
  struct Shard {
    NpyShard shots;
    NpyShard velocities;
    OpenFwiShard files;
  };

  Result<void> read_description();
  Result<void> add(const OpenFwiShard& files);
  Result<void> check_units() const;

  std::string name_;
  std::filesystem::path directory_;
  std::string licence_;
  std::string attribution_;
  const OpenFwiSet* published_ = nullptr;
  InversionShape shape_;
  std::vector<Shard> shards_;
};

/// A sample of several data sets.
struct InversionSample {
  std::size_t folder = 0;
  ShardSample place;

  bool operator==(const InversionSample&) const = default;
};

/// How much of the training part is trained on.
struct InversionShare {
  double share = 1.0;
  bool takes_first = false;  ///< the first samples as stored, not random ones of every shard
  std::uint64_t seed = 0;    ///< of the random ones
};

/// The samples of a part of all folders, folder by folder.
std::vector<InversionSample> samples_of(std::span<const InversionFolder> folders,
                                        InversionPart part,
                                        const InversionShare& share = {});

/// Takes a random share out of `samples`, in every folder and shard alike; both keep their order.
std::vector<InversionSample> take_out(std::vector<InversionSample>& samples,
                                      double share,
                                      std::uint64_t seed);

/// For the provenance of a manifest: names, no paths.
DatasetDescription describe(std::span<const InversionFolder> folders);

}  // namespace geod::trainer
