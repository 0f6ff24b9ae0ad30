#include "trainer/pick_calibration.hpp"

#include <algorithm>
#include <cmath>

#include "models/pick_statement.hpp"
#include "trainer/evaluated_recordings.hpp"
#include "trainer/pick_matching.hpp"

namespace geod::trainer {
namespace {

constexpr int kBins = 10;

bool lies_near(double time_s, const std::vector<double>& times_s) {
  return std::ranges::any_of(times_s,
                             [&](double each) { return std::abs(each - time_s) <= kSameArrivalS; });
}

}  // namespace

PickCalibration pick_calibration(std::span<const EvaluatedRecording> evaluated,
                                 const EvaluationSettings& settings,
                                 Phase phase) {
  const double rate = settings.sampling_rate_hz;
  PickCalibration out;
  std::vector<StatedProbability> stated;
  for (const EvaluatedRecording& e : of_kind(evaluated, RecordingKind::kWindow)) {
    const std::vector<double> labels = label_times(*e.recording, phase, rate);
    if (labels.empty()) {
      continue;
    }
    const std::vector<EvaluatedPick> picks = picks_above(e, phase, kLowestScore);
    const std::vector<double> times = pick_times(e, phase, kLowestScore, rate);
    std::vector<bool> matched(picks.size(), false);
    for (const auto& [label, pick] : match_picks(labels, times, kSameArrivalS)) {
      matched[pick] = true;
      if (picks[pick].score >= threshold_of(settings, phase)) {
        out.normalised_residuals.push_back(
            (times[pick] - labels[label]) /
            models::pick_sigma_s(settings.picks, phase, picks[pick].score));
      }
    }
    for (std::size_t i = 0; i < picks.size(); ++i) {
      stated.push_back(
          {models::pick_probability(settings.picks, phase, picks[i].score), matched[i]});
    }
  }
  out.reliability = reliability(stated, kBins);
  return out;
}

PhaseConfusion phase_confusion(std::span<const EvaluatedRecording> evaluated,
                               const EvaluationSettings& settings) {
  const double rate = settings.sampling_rate_hz;
  PhaseConfusion out{};
  out[2][2] = -1;
  for (const EvaluatedRecording& e : of_kind(evaluated, RecordingKind::kWindow)) {
    std::array<std::vector<double>, 2> labels;
    std::array<std::vector<double>, 2> picks;
    for (const Phase phase : {Phase::kP, Phase::kS}) {
      const auto k = static_cast<std::size_t>(phase);
      labels[k] = label_times(*e.recording, phase, rate);
      picks[k] = pick_times(e, phase, threshold_of(settings, phase), rate);
    }
    for (std::size_t k = 0; k < 2; ++k) {
      for (const double label : labels[k]) {
        const std::size_t as = lies_near(label, picks[k])       ? k
                               : lies_near(label, picks[1 - k]) ? 1 - k
                                                                : 2;
        ++out[k][as];
      }
      for (const double pick : picks[k]) {
        if (!labels[k].empty() && !lies_near(pick, labels[0]) && !lies_near(pick, labels[1])) {
          ++out[2][k];
        }
      }
    }
  }
  return out;
}

}  // namespace geod::trainer
