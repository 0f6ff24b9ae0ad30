#pragma once

#include <vector>

#include "trainer/dataset.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// The recordings of a run by what it does with them.
struct RunParts {
  std::vector<Recording> training;
  std::vector<Recording> held_out;  ///< validated on
  std::vector<Recording> test;      ///< of TrainOptions::shares: scored at the end only
};

/// Takes the recordings out of `dataset`, as the options say, and tells `observer` the numbers.
RunParts split_recordings(const TrainOptions& options,
                          Dataset& dataset,
                          const TrainObserver& observer);

}  // namespace geod::trainer
