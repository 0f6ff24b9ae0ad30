#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "trainer/calibration.hpp"
#include "trainer/evaluation.hpp"

namespace geod::trainer {

/// A pick belongs to a label that lies this close, in calibration and confusion.
inline constexpr double kSameArrivalS = 0.5;

/// Whether picks of one phase keep what they state. Recordings of kind window that are labelled for
/// the phase only.
struct PickCalibration {
  /// Of the stated probability of every pick down to kLowestScore; it is so when the pick belongs
  /// to a label, one to one.
  Reliability reliability;
  /// Residual / stated standard deviation of the picks that reach the threshold and belong to a
  /// label.
  std::vector<double> normalised_residuals;
};
PickCalibration pick_calibration(std::span<const EvaluatedRecording> evaluated,
                                 const EvaluationSettings& settings,
                                 Phase phase);

/// What labels were picked as at the thresholds: rows label P, label S, no label; columns picked as
/// P, as S, not at all. A label is looked for among the picks of its own phase first. A pick has no
/// label when none of either phase lies within kSameArrivalS and its phase is labelled in the
/// recording. The last cell means nothing and is -1.
using PhaseConfusion = std::array<std::array<std::int64_t, 3>, 3>;
PhaseConfusion phase_confusion(std::span<const EvaluatedRecording> evaluated,
                               const EvaluationSettings& settings);

}  // namespace geod::trainer
