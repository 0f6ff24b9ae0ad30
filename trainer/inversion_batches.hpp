#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "models/inversion_settings.hpp"
#include "trainer/batch_source.hpp"
#include "trainer/inversion_set.hpp"

namespace geod::trainer {

/// How batches are made of samples.
struct InversionBatchRules {
  std::int64_t samples = 128;  ///< of a step, of all processes
  int processes = 1;
  std::uint64_t seed = 1;
};

/// Values of TrainBatch::weight for one sample.
enum InversionWeight : std::size_t {
  kLogMinimum,  ///< logarithms of the bounds of amplitude of the sample's set
  kLogSpan,
  kCounts,  ///< 1, or 0 for a sample that could not be read
  kInversionWeights
};

/// Batches of shots with their velocity maps, in an order that depends on the seed alone: every
/// sample at most once an epoch, over all shards of all sets, in another order each; what is left
/// over of a whole batch at the end of an epoch is left out, as the published loader does.
///
/// A sample that cannot be read is given as zeros that do not count, and is told of by faults():
/// one broken sample does not end a run.
class InversionBatches {
 public:
  /// `folders` and `samples` must outlive this; at least rules.samples of them.
  /// @param settings  of each folder: bounds of its amplitudes and velocities.
  InversionBatches(std::span<const InversionFolder> folders,
                   std::span<const InversionSample> samples,
                   std::vector<models::InversionSettings> settings,
                   const InversionBatchRules& rules);

  std::int64_t epoch_steps() const;

  /// The part of process `rank`. TrainBatch::input [N, sources, times, receivers] as stored (the
  /// network's device takes the logarithms), target [N, depths, offsets] in -1 to 1, weight
  /// [N, kInversionWeights]. Any thread.
  TrainBatch make(std::int64_t step, int rank) const;

  struct Faults {
    std::size_t samples = 0;  ///< drawn for nothing
    std::string first;        ///< empty without any
  };
  Faults faults() const;

 private:
  void fill(const InversionSample& sample, std::size_t at, TrainBatch& batch) const;

  std::span<const InversionFolder> folders_;
  std::span<const InversionSample> samples_;
  std::vector<models::InversionSettings> settings_;
  InversionBatchRules rules_;
  mutable std::mutex mutex_;  // of faults_
  mutable Faults faults_;
};

}  // namespace geod::trainer
