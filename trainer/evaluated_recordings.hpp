#pragma once

#include <span>
#include <vector>

#include "trainer/evaluation.hpp"

namespace geod::trainer {

/// Labels of a phase, seconds from the recording's start, ascending.
std::vector<double> label_times(const Recording& recording, Phase phase, double rate_hz);

/// Picks of a phase with at least `threshold`, ascending in time.
std::vector<EvaluatedPick> picks_above(const EvaluatedRecording& evaluated,
                                       Phase phase,
                                       double threshold);

/// Their times, seconds from the recording's start.
std::vector<double> pick_times(const EvaluatedRecording& evaluated,
                               Phase phase,
                               double threshold,
                               double rate_hz);

std::vector<EvaluatedRecording> of_kind(std::span<const EvaluatedRecording> evaluated,
                                        RecordingKind kind);

double hours_of(std::span<const EvaluatedRecording> evaluated, double rate_hz);

/// The threshold that picks of a phase must reach.
double threshold_of(const EvaluationSettings& settings, Phase phase);

}  // namespace geod::trainer
