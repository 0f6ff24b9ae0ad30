#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <nlohmann/json.hpp>

#include "trainer/evaluation.hpp"
#include "trainer/pick_matching.hpp"

namespace geod::trainer {
namespace {

constexpr double kQuietGuardS = 1.0;
constexpr double kTolerancesS[] = {0.1, 0.5};
/// As in the published code, so that empty sets give 0.
constexpr double kTiny = 1e-6;

double ratio(double part, double whole) {
  return whole > 0.0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> label_times(const Recording& recording, Phase phase, double rate_hz) {
  std::vector<double> times;
  for (const PhaseLabel& label : recording.labels) {
    if (label.phase == phase) {
      times.push_back(label.sample / rate_hz);
    }
  }
  return times;
}

std::vector<double> pick_times(const EvaluatedRecording& evaluated,
                               Phase phase,
                               double threshold,
                               double rate_hz) {
  std::vector<double> times;
  for (const EvaluatedPick& pick : evaluated.picks) {
    if (pick.phase == phase && pick.score >= threshold) {
      times.push_back(pick.sample / rate_hz);
    }
  }
  return times;
}

bool is_masked(const Recording& recording, Phase phase, double sample) {
  return std::ranges::any_of(recording.masks, [&](const PhaseMask& mask) {
    return mask.phase == phase && sample >= mask.begin && sample <= mask.end;
  });
}

double threshold_of(const EvaluationSettings& settings, Phase phase) {
  return phase == Phase::kP ? settings.picks.threshold_p : settings.picks.threshold_s;
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
  return ratio(std::accumulate(residuals_s.begin(), residuals_s.end(), 0.0),
               static_cast<double>(residuals_s.size()));
}
double PhaseScores::standard_deviation_s() const {
  const double mean = mean_s();
  double squares = 0.0;
  for (const double residual : residuals_s) {
    squares += (residual - mean) * (residual - mean);
  }
  return std::sqrt(ratio(squares, static_cast<double>(residuals_s.size())));
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

std::string scores_to_json(std::span<const EvaluatedRecording> evaluated,
                           const EvaluationSettings& settings) {
  using nlohmann::json;
  const double rate = settings.sampling_rate_hz;
  const auto windows = of_kind(evaluated, RecordingKind::kWindow);
  const auto continuous = of_kind(evaluated, RecordingKind::kContinuous);
  json root = json::object();
  root["threshold"] = {{"P", settings.picks.threshold_p}, {"S", settings.picks.threshold_s}};
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    const std::string name(to_string(phase));
    const double threshold = threshold_of(settings, phase);
    for (const double tolerance : kTolerancesS) {
      const PhaseScores s = score_windows(windows, phase, threshold, tolerance, rate);
      root["windows"][name][fmt::format("{:.1f}", tolerance)] = {
          {"labels", s.labels},
          {"true", s.true_picks},
          {"false", s.false_picks},
          {"precision", s.precision()},
          {"recall", s.recall()},
          {"f1", s.f1()},
          {"mean_s", s.mean_s()},
          {"std_s", s.standard_deviation_s()}};
    }
    const PublishedScores p = published_scores(windows, phase, threshold, rate);
    root["published"][name] = {{"windows", p.windows},
                               {"precision", p.precision()},
                               {"recall", p.recall()},
                               {"f1", p.f1()},
                               {"mean_samples", p.mean_samples()},
                               {"mae_samples", p.mae_samples()},
                               {"rmse_samples", p.rmse_samples()},
                               {"std_samples", p.std_samples()}};
    const PhaseScores c = score_continuous(continuous, phase, threshold, 0.5, rate);
    root["continuous"][name] = {
        {"labels", c.labels},
        {"recall", c.recall()},
        {"unexplained_per_hour",
         ratio(static_cast<double>(c.false_picks), hours_of(continuous, rate))}};
  }
  root["windows"]["quiet_per_hour"] =
      quiet_picks_per_hour(windows, settings.picks.threshold_p, settings.picks.threshold_s, rate);
  root["windows"]["count"] = windows.size();
  root["continuous"]["hours"] = hours_of(continuous, rate);
  return root.dump();
}

std::string scores_to_text(std::span<const EvaluatedRecording> evaluated,
                           const EvaluationSettings& settings) {
  const double rate = settings.sampling_rate_hz;
  const auto windows = of_kind(evaluated, RecordingKind::kWindow);
  const auto continuous = of_kind(evaluated, RecordingKind::kContinuous);
  std::string text;
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    const double threshold = threshold_of(settings, phase);
    if (!windows.empty()) {
      const PhaseScores tight = score_windows(windows, phase, threshold, 0.1, rate);
      const PhaseScores loose = score_windows(windows, phase, threshold, 0.5, rate);
      text += fmt::format(
          "windows {}  F1 within 0.1 s {:.3f}, 0.5 s {:.3f}  ({} labels, {} missed, {} false{})\n",
          to_string(phase),
          tight.f1(),
          loose.f1(),
          loose.labels,
          loose.labels - loose.true_picks,
          loose.false_picks,
          loose.residuals_s.empty() ? ""
                                    : fmt::format("; residual {:+.3f} +- {:.3f} s",
                                                  loose.mean_s(),
                                                  loose.standard_deviation_s()));
    }
    if (!continuous.empty()) {
      const PhaseScores c = score_continuous(continuous, phase, threshold, 0.5, rate);
      text += fmt::format("continuous {}  recall {:.3f} of {}  unexplained {:.1f} an hour\n",
                          to_string(phase),
                          c.recall(),
                          c.labels,
                          ratio(static_cast<double>(c.false_picks), hours_of(continuous, rate)));
    }
  }
  if (!windows.empty()) {
    text += fmt::format("windows: {:.1f} picks an hour before P\n",
                        quiet_picks_per_hour(
                            windows, settings.picks.threshold_p, settings.picks.threshold_s, rate));
  }
  return text;
}

}  // namespace geod::trainer
