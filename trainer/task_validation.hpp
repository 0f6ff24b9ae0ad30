#pragma once

#include <span>
#include <string>

#include "models/manifest.hpp"
#include "trainer/evaluation.hpp"
#include "trainer/recording.hpp"

namespace geod::trainer {

/// How good a network is on held-out recordings.
struct Validation {
  /// The smaller the better. dpk: 1 - mean F1 of P and S within 0.5 s; pmp: mean negative logarithm
  /// of the probability of the true polarity; baz, emg: mean absolute error; dis: mean absolute
  /// error relative to the distance.
  double metric = 0.0;
  std::string scores_json;  ///< an object
  std::string text;         ///< for people
  /// Scalar tasks: sigma and calibration as measured here, for the manifest.
  models::ScalarSettings scalar;
};

/// Asks as the daemon does: dpk over whole recordings, a scalar task around every labelled P.
/// kConfig when no recording has a label of the task.
/// @param score  of a network of `task` and `geometry`.
Result<Validation> validate_task(models::Task task,
                                 std::span<const Recording> recordings,
                                 const models::SeisMollmGeometry& geometry,
                                 const ScoreFunction& score);

}  // namespace geod::trainer
