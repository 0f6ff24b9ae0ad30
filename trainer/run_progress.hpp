#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "trainer/best_weights.hpp"

namespace geod::trainer {

/// What a checkpoint keeps of a run beside its weights.
struct RunProgress {
  std::int64_t steps = 0;
  double elapsed_s = 0.0;
  std::vector<KeptWeights> best;  ///< ascending in the metric
  int validations_without_gain = 0;
};

/// As texts of a checkpoint's metadata, and back. kCorruptRecord naming the key that is missing or
/// is no number.
std::map<std::string, std::string> progress_to_metadata(const RunProgress& progress);
Result<RunProgress> progress_from_metadata(const std::map<std::string, std::string>& metadata);

}  // namespace geod::trainer
