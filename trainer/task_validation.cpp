#include "trainer/task_validation.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "trainer/calibration.hpp"
#include "trainer/scalar_evaluation.hpp"
#include "trainer/scalar_scores.hpp"

namespace geod::trainer {
namespace {

using models::Task;

constexpr double kToleranceS = 0.5;
/// Quantile of the absolute error that is one standard deviation of a normal distribution; it does
/// not mind a few gross errors.
constexpr double kOneSigma = 0.683;
/// Bins of [0, 1] that a calibration table is made of, and what one needs to say something.
constexpr int kCalibrationBins = 20;
constexpr std::int64_t kLeastInBin = 20;
constexpr double kLeastProbability = 1e-6;

Result<Validation> validate_picks(std::span<const Recording* const> recordings,
                                  const models::SeisMollmGeometry& geometry,
                                  const ScoreFunction& score) {
  EvaluationSettings settings;
  settings.window_samples = geometry.window_samples;
  settings.sampling_rate_hz = geometry.sampling_rate.hz();
  settings.picks.hop_samples = geometry.window_samples / 4;
  const auto evaluated = evaluate(recordings, settings, score);
  if (!evaluated) {
    return tl::unexpected(evaluated.error());
  }
  const auto f1 = [&](Phase phase, double threshold) {
    const double value =
        score_windows(*evaluated, phase, threshold, kToleranceS, settings.sampling_rate_hz).f1();
    return std::isfinite(value) ? value : 0.0;
  };
  Validation validation;
  validation.metric = 1.0 - 0.5 * (f1(Phase::kP, settings.picks.threshold_p) +
                                   f1(Phase::kS, settings.picks.threshold_s));
  validation.scores_json = scores_to_json(*evaluated, settings);
  validation.text = scores_to_text(*evaluated, settings);
  return validation;
}

/// What the metric is the mean of; of distances relative to them.
double error_of(Task task, const ScalarResult& result) {
  if (task == Task::kPmp) {
    const double true_probability =
        result.target > 0.5 ? result.prediction : 1.0 - result.prediction;
    return -std::log(std::max(kLeastProbability, true_probability));
  }
  const double error = std::abs(published_residual(task, result));
  return task == Task::kDis ? error / std::max(1.0, result.target) : error;
}

/// (probability of the likelier polarity, share of them that are right), from bins with enough.
std::vector<std::pair<double, double>> polarity_calibration(std::span<const ScalarResult> results) {
  std::vector<StatedProbability> likelier;
  for (const ScalarResult& result : results) {
    const bool up = result.prediction > 0.5;
    likelier.push_back(
        {up ? result.prediction : 1.0 - result.prediction, up == (result.target > 0.5)});
  }
  std::vector<std::pair<double, double>> table;
  for (const ReliabilityBin& bin : reliability(likelier, kCalibrationBins).bins) {
    if (bin.count >= kLeastInBin) {
      table.emplace_back(bin.mean_probability, bin.observed);
    }
  }
  return table;
}

Result<Validation> validate_scalars(Task task,
                                    std::span<const Recording* const> recordings,
                                    const models::SeisMollmGeometry& geometry,
                                    const ScoreFunction& score) {
  ScalarEvaluationSettings settings;
  settings.task = task;
  settings.window_samples = geometry.window_samples;
  settings.sampling_rate_hz = geometry.sampling_rate.hz();
  settings.hop_samples = geometry.window_samples / 4;
  const auto evaluated = evaluate_scalar(recordings, settings, score);
  if (!evaluated) {
    return tl::unexpected(evaluated.error());
  }
  const std::vector<ScalarResult> results = results_of(*evaluated);
  if (results.empty()) {
    return fail(Errc::kConfig,
                "no held-out recording has a label of task {}; hold out other folds",
                to_string(task));
  }
  std::vector<double> errors;
  double sum = 0.0;
  for (const ScalarResult& result : results) {
    errors.push_back(error_of(task, result));
    sum += errors.back();
  }
  Validation validation;
  validation.metric = sum / static_cast<double>(results.size());
  validation.scores_json = scalar_scores_to_json(task, *evaluated);
  validation.text = scalar_scores_to_text(task, *evaluated);
  if (task == Task::kPmp) {
    validation.scalar.calibration = polarity_calibration(results);
  } else {
    validation.scalar.sigma = std::min(models::kMaxScalarSigma, quantile(errors, kOneSigma));
  }
  return validation;
}

}  // namespace

Result<Validation> validate_task(Task task,
                                 std::span<const Recording> recordings,
                                 const models::SeisMollmGeometry& geometry,
                                 const ScoreFunction& score) {
  std::vector<const Recording*> pointers;
  for (const Recording& recording : recordings) {
    pointers.push_back(&recording);
  }
  return task == Task::kDpk ? validate_picks(pointers, geometry, score)
                            : validate_scalars(task, pointers, geometry, score);
}

}  // namespace geod::trainer
