#include <algorithm>
#include <cmath>
#include <limits>

#include "trainer/calibration.hpp"
#include "trainer/evaluated_recordings.hpp"
#include "trainer/evaluation.hpp"
#include "trainer/pick_matching.hpp"

namespace geod::trainer {
namespace {

constexpr double kQuietGuardS = 1.0;
/// As in the published code, so that empty sets give 0.
constexpr double kTiny = 1e-6;

double ratio(double part, double whole) {
  return whole > 0.0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

template <class Function>
double mean_of(const std::vector<double>& values, Function function) {
  double sum = 0.0;
  for (const double value : values) {
    sum += function(value);
  }
  return ratio(sum, static_cast<double>(values.size()));
}

bool is_masked(const Recording& recording, Phase phase, double sample) {
  return std::ranges::any_of(recording.masks, [&](const PhaseMask& mask) {
    return mask.phase == phase && sample >= mask.begin && sample <= mask.end;
  });
}

}  // namespace

double PhaseScores::precision() const {
  return ratio(static_cast<double>(true_picks), static_cast<double>(true_picks + false_picks));
}
double PhaseScores::recall() const {
  return ratio(static_cast<double>(true_picks), static_cast<double>(labels));
}
double PhaseScores::f1() const {
  return ratio(2.0 * static_cast<double>(true_picks),
               static_cast<double>(true_picks + false_picks + labels));
}
double PhaseScores::mean_s() const {
  return mean_of(residuals_s, [](double r) { return r; });
}
double PhaseScores::standard_deviation_s() const {
  const double mean = mean_s();
  return std::sqrt(mean_of(residuals_s, [mean](double r) { return (r - mean) * (r - mean); }));
}

double PhaseScores::mae_s() const {
  return mean_of(residuals_s, [](double r) { return std::abs(r); });
}
double PhaseScores::rmse_s() const {
  return std::sqrt(mean_of(residuals_s, [](double r) { return r * r; }));
}
double PhaseScores::median_absolute_s() const {
  std::vector<double> absolute;
  for (const double residual : residuals_s) {
    absolute.push_back(std::abs(residual));
  }
  return quantile(absolute, 0.5);
}

double PublishedScores::precision() const {
  return static_cast<double>(true_picks) / (static_cast<double>(predicted) + kTiny);
}
double PublishedScores::recall() const {
  return static_cast<double>(true_picks) / (static_cast<double>(labelled) + kTiny);
}
double PublishedScores::f1() const {
  return 2.0 * precision() * recall() / (precision() + recall() + kTiny);
}
double PublishedScores::mean_samples() const {
  return ratio(sum, static_cast<double>(windows));
}
double PublishedScores::mae_samples() const {
  return ratio(absolute_sum, static_cast<double>(windows));
}
double PublishedScores::rmse_samples() const {
  return std::sqrt(ratio(square_sum, static_cast<double>(windows)));
}
double PublishedScores::true_mae_samples() const {
  return ratio(absolute_sum, static_cast<double>(true_picks));
}
double PublishedScores::std_samples() const {
  return std::sqrt(
      std::max(0.0, rmse_samples() * rmse_samples() - mean_samples() * mean_samples()));
}

PhaseScores score_windows(std::span<const EvaluatedRecording> evaluated,
                          Phase phase,
                          double threshold,
                          double tolerance_s,
                          double sampling_rate_hz) {
  PhaseScores scores;
  for (const EvaluatedRecording& e : evaluated) {
    const std::vector<double> labels = label_times(*e.recording, phase, sampling_rate_hz);
    if (labels.empty()) {
      continue;
    }
    const std::vector<double> picks = pick_times(e, phase, threshold, sampling_rate_hz);
    const auto pairs = match_picks(labels, picks, tolerance_s);
    scores.labels += static_cast<std::int64_t>(labels.size());
    scores.true_picks += static_cast<std::int64_t>(pairs.size());
    scores.false_picks += static_cast<std::int64_t>(picks.size() - pairs.size());
    for (const auto& [label, pick] : pairs) {
      scores.residuals_s.push_back(picks[pick] - labels[label]);
    }
  }
  return scores;
}

double quiet_picks_per_hour(std::span<const EvaluatedRecording> evaluated,
                            double threshold_p,
                            double threshold_s,
                            double sampling_rate_hz) {
  double hours = 0.0;
  std::int64_t count = 0;
  for (const EvaluatedRecording& e : evaluated) {
    const std::vector<double> labels = label_times(*e.recording, Phase::kP, sampling_rate_hz);
    if (labels.empty()) {
      continue;
    }
    const double before_s = labels.front() - kQuietGuardS;
    hours += std::max(0.0, before_s) / 3600.0;
    for (const EvaluatedPick& pick : e.picks) {
      const double threshold = pick.phase == Phase::kP ? threshold_p : threshold_s;
      if (pick.score >= threshold && pick.sample / sampling_rate_hz < before_s) {
        ++count;
      }
    }
  }
  return ratio(static_cast<double>(count), hours);
}

PhaseScores score_continuous(std::span<const EvaluatedRecording> evaluated,
                             Phase phase,
                             double threshold,
                             double tolerance_s,
                             double sampling_rate_hz) {
  PhaseScores scores;
  for (const EvaluatedRecording& e : evaluated) {
    const std::vector<double> labels = label_times(*e.recording, phase, sampling_rate_hz);
    const std::vector<double> picks = pick_times(e, phase, threshold, sampling_rate_hz);
    const auto pairs = match_picks(labels, picks, tolerance_s);
    std::vector<bool> matched(picks.size(), false);
    for (const auto& [label, pick] : pairs) {
      matched[pick] = true;
      scores.residuals_s.push_back(picks[pick] - labels[label]);
    }
    scores.labels += static_cast<std::int64_t>(labels.size());
    scores.true_picks += static_cast<std::int64_t>(pairs.size());
    for (std::size_t i = 0; i < picks.size(); ++i) {
      if (!matched[i] && !is_masked(*e.recording, phase, picks[i] * sampling_rate_hz)) {
        ++scores.false_picks;
      }
    }
  }
  return scores;
}

PublishedScores published_scores(std::span<const EvaluatedRecording> evaluated,
                                 Phase phase,
                                 double threshold,
                                 double sampling_rate_hz) {
  const double tolerance = std::floor(0.1 * sampling_rate_hz);
  PublishedScores scores;
  for (const EvaluatedRecording& e : evaluated) {
    ++scores.windows;
    const EvaluatedPick* highest = nullptr;
    for (const EvaluatedPick& pick : e.picks) {
      if (pick.phase == phase && pick.score >= threshold &&
          (highest == nullptr || pick.score > highest->score)) {
        highest = &pick;
      }
    }
    const std::vector<double> labels = label_times(*e.recording, phase, sampling_rate_hz);
    scores.predicted += highest != nullptr ? 1 : 0;
    scores.labelled += labels.empty() ? 0 : 1;
    if (highest == nullptr || labels.empty()) {
      continue;
    }
    const double residual = labels.front() * sampling_rate_hz - highest->sample;
    if (std::abs(residual) <= tolerance) {
      ++scores.true_picks;
      scores.sum += residual;
      scores.absolute_sum += std::abs(residual);
      scores.square_sum += residual * residual;
    }
  }
  return scores;
}

}  // namespace geod::trainer
