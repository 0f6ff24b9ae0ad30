#pragma once

#include <span>
#include <string>
#include <vector>

#include "trainer/dataset.hpp"
#include "trainer/recording.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// Sets the parts that the options ask for, over those the data set names.
void assign_parts(std::span<Recording> recordings, const SplitOptions& split);

/// What a run trains on, what it validates on, and what it leaves for a test.
struct TrainingSplit {
  std::vector<Recording> training;
  std::vector<Recording> held_out;
  std::vector<Recording> testing;
};
/// Held out are recordings of part validation, and of those without a part the ones that
/// --hold-out-fold and --hold-out-windows name. Recordings of part test are neither; with
/// `options.shares` (few-shot) the parts are those of parts_by_event, whatever the set names.
TrainingSplit split_recordings(std::vector<Recording> recordings, const TrainOptions& options);

/// What was loaded, skipped and left out, a line each.
std::vector<std::string> describe_data(const std::string& name,
                                       const DatasetSummary& summary,
                                       const TrainingSplit& split);

/// What could not be read of recordings that stay on disk; empty when all could.
std::string describe_faults(const std::vector<Recording>& recordings);

}  // namespace geod::trainer
