#include "trainer/evaluated_recordings.hpp"

#include <algorithm>
#include <iterator>

namespace geod::trainer {

std::vector<double> label_times(const Recording& recording, Phase phase, double rate_hz) {
  std::vector<double> times;
  for (const PhaseLabel& label : recording.labels) {
    if (label.phase == phase) {
      times.push_back(label.sample / rate_hz);
    }
  }
  return times;
}

std::vector<EvaluatedPick> picks_above(const EvaluatedRecording& evaluated,
                                       Phase phase,
                                       double threshold) {
  std::vector<EvaluatedPick> picks;
  std::ranges::copy_if(evaluated.picks, std::back_inserter(picks), [&](const EvaluatedPick& pick) {
    return pick.phase == phase && pick.score >= threshold;
  });
  return picks;
}

std::vector<double> pick_times(const EvaluatedRecording& evaluated,
                               Phase phase,
                               double threshold,
                               double rate_hz) {
  std::vector<double> times;
  for (const EvaluatedPick& pick : picks_above(evaluated, phase, threshold)) {
    times.push_back(pick.sample / rate_hz);
  }
  return times;
}

std::vector<EvaluatedRecording> of_kind(std::span<const EvaluatedRecording> evaluated,
                                        RecordingKind kind) {
  std::vector<EvaluatedRecording> own;
  std::ranges::copy_if(evaluated, std::back_inserter(own), [&](const EvaluatedRecording& e) {
    return e.recording->kind == kind;
  });
  return own;
}

double hours_of(std::span<const EvaluatedRecording> evaluated, double rate_hz) {
  double hours = 0.0;
  for (const EvaluatedRecording& e : evaluated) {
    hours += static_cast<double>(e.recording->samples) / rate_hz / 3600.0;
  }
  return hours;
}

double threshold_of(const EvaluationSettings& settings, Phase phase) {
  return phase == Phase::kP ? settings.picks.threshold_p : settings.picks.threshold_s;
}

}  // namespace geod::trainer
