#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/geometry.hpp"
#include "trainer/batch_source.hpp"
#include "trainer/evaluation.hpp"
#include "trainer/recording.hpp"

namespace geod::trainer {

/// How good a network is on held-out recordings.
struct Validation {
  /// The smaller the better. dpk: 1 - mean F1 of P and S within 0.5 s; pmp: share of wrong
  /// polarities; baz: mean absolute error in degrees; emg: in magnitude units; dis: mean absolute
  /// error relative to the distance.
  double metric = 0.0;
  std::string scores_json;  ///< an object
  std::string text;         ///< for people
};

Result<Validation> validate_picks(std::span<const Recording> recordings,
                                  const models::SeisMollmGeometry& geometry,
                                  const ScoreFunction& score);

/// Outputs [N, K] of a batch, after the activation.
using PredictFunction = std::function<std::vector<float>(const TrainBatch&)>;

/// Over all examples of an epoch of `examples`, whose windows are not augmented.
Validation validate_scalars(models::Task task,
                            const ExampleSource& examples,
                            std::int64_t window_samples,
                            const PredictFunction& predict);

}  // namespace geod::trainer
