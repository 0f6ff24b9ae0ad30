#include <limits>

#include <nlohmann/json.hpp>

#include "trainer/calibration_json.hpp"
#include "trainer/evaluated_recordings.hpp"
#include "trainer/evaluation.hpp"
#include "trainer/pick_calibration.hpp"

namespace geod::trainer {
namespace {

using nlohmann::json;

constexpr double kTolerancesS[] = {0.1, 0.5};

double an_hour(std::int64_t count, double hours) {
  return hours > 0.0 ? static_cast<double>(count) / hours
                     : std::numeric_limits<double>::quiet_NaN();
}

json phase_scores_json(const PhaseScores& s) {
  return {{"labels", s.labels},
          {"true", s.true_picks},
          {"false", s.false_picks},
          {"precision", s.precision()},
          {"recall", s.recall()},
          {"f1", s.f1()},
          {"mean_s", s.mean_s()},
          {"std_s", s.standard_deviation_s()},
          {"mae_s", s.mae_s()},
          {"rmse_s", s.rmse_s()},
          {"median_absolute_s", s.median_absolute_s()}};
}

json published_json(const PublishedScores& p) {
  return {{"windows", p.windows},
          {"precision", p.precision()},
          {"recall", p.recall()},
          {"f1", p.f1()},
          {"mean_samples", p.mean_samples()},
          {"mae_samples", p.mae_samples()},
          {"rmse_samples", p.rmse_samples()},
          {"std_samples", p.std_samples()},
          {"true_mae_samples", p.true_mae_samples()}};
}

std::string windows_text(std::span<const EvaluatedRecording> windows,
                         const EvaluationSettings& settings,
                         Phase phase) {
  const double rate = settings.sampling_rate_hz;
  const double threshold = threshold_of(settings, phase);
  const PhaseScores tight = score_windows(windows, phase, threshold, 0.1, rate);
  const PhaseScores loose = score_windows(windows, phase, threshold, 0.5, rate);
  std::string text = fmt::format(
      "windows {}  F1 within 0.1 s {:.3f}, 0.5 s {:.3f}  ({} labels, {} missed, {} "
      "false{})\n",
      to_string(phase),
      tight.f1(),
      loose.f1(),
      loose.labels,
      loose.labels - loose.true_picks,
      loose.false_picks,
      loose.residuals_s.empty()
          ? ""
          : fmt::format(
                "; residual {:+.3f} +- {:.3f} s", loose.mean_s(), loose.standard_deviation_s()));
  const PublishedScores p = published_scores(windows, phase, threshold, rate);
  return text +
         fmt::format(
             "  as the paper counts {}  precision {:.3f}, recall {:.3f}, F1 {:.3f}, MAE {:.3f} "
             "samples{}\n",
             to_string(phase),
             p.precision(),
             p.recall(),
             p.f1(),
             p.mae_samples(),
             p.true_picks > 0
                 ? fmt::format("; of the true picks alone {:.3f}", p.true_mae_samples())
                 : std::string());
}

}  // namespace

std::string scores_to_json(std::span<const EvaluatedRecording> evaluated,
                           const EvaluationSettings& settings) {
  const double rate = settings.sampling_rate_hz;
  const auto windows = of_kind(evaluated, RecordingKind::kWindow);
  const auto continuous = of_kind(evaluated, RecordingKind::kContinuous);
  json root = json::object();
  root["threshold"] = {{"P", settings.picks.threshold_p}, {"S", settings.picks.threshold_s}};
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    const std::string name(to_string(phase));
    const double threshold = threshold_of(settings, phase);
    for (const double tolerance : kTolerancesS) {
      root["windows"][name][fmt::format("{:.1f}", tolerance)] =
          phase_scores_json(score_windows(windows, phase, threshold, tolerance, rate));
    }
    root["published"][name] = published_json(published_scores(windows, phase, threshold, rate));
    const PickCalibration calibration = pick_calibration(windows, settings, phase);
    root["calibration"][name] = json::parse(reliability_to_json(calibration.reliability));
    root["uncertainty"][name] = json::parse(coverage_to_json(calibration.normalised_residuals));
    const PhaseScores c = score_continuous(continuous, phase, threshold, 0.5, rate);
    root["continuous"][name] = {
        {"labels", c.labels},
        {"recall", c.recall()},
        {"unexplained_per_hour", an_hour(c.false_picks, hours_of(continuous, rate))}};
  }
  root["confusion"] = phase_confusion(windows, settings);
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
    if (!windows.empty()) {
      text += windows_text(windows, settings, phase);
    }
    if (!continuous.empty()) {
      const PhaseScores c =
          score_continuous(continuous, phase, threshold_of(settings, phase), 0.5, rate);
      text += fmt::format("continuous {}  recall {:.3f} of {}  unexplained {:.1f} an hour\n",
                          to_string(phase),
                          c.recall(),
                          c.labels,
                          an_hour(c.false_picks, hours_of(continuous, rate)));
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
