#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "models/geometry.hpp"
#include "models/manifest.hpp"
#include "trainer/evaluation.hpp"
#include "trainer/polarity_scores.hpp"
#include "trainer/recording.hpp"
#include "trainer/scalar_scores.hpp"

namespace geod::trainer {

/// How a scalar task is asked about a P: as the daemon does.
struct ScalarEvaluationSettings {
  models::Task task = models::Task::kDis;
  std::int64_t window_samples = 3072;
  double sampling_rate_hz = 100.0;
  std::int64_t hop_samples = 768;
  /// Where P lies in the windows that count, and how outputs are read.
  models::ScalarSettings scalar;
  std::int64_t batch_windows = 16;
};

/// Least probability at which a first motion is stated in the scores and reports.
inline constexpr double kPolarityThreshold = 0.8;

/// One P with a label of the task, and what the network says of it.
struct EvaluatedEvent {
  const Recording* recording = nullptr;
  const EventLabel* event = nullptr;
  ScalarResult result;  ///< pmp: target 1 up or 0 down, prediction the probability of up
  int windows = 0;      ///< averaged
};

/// Where the windows that a P is judged by start, in samples of the recording: those of the hop
/// grid (from the recording's first sample, also before it) with P between p_from and p_to; the one
/// with P in the middle of them where the grid has none.
std::vector<std::int64_t> scalar_window_starts(double p_sample,
                                               const ScalarEvaluationSettings& settings);

/// Every labelled P of the recordings, in their order. For baz only of recordings with oriented
/// horizontals.
/// @param score  of a network of this task: [N, K, 1]. Errors: its own; kModelMismatch when it
/// gives no answer for a P.
Result<std::vector<EvaluatedEvent>> evaluate_scalar(std::span<const Recording* const> recordings,
                                                    const ScalarEvaluationSettings& settings,
                                                    const ScoreFunction& score);

std::vector<ScalarResult> results_of(std::span<const EvaluatedEvent> evaluated);
/// pmp: as statements of "up".
std::vector<StatedProbability> statements_of(std::span<const EvaluatedEvent> evaluated);

/// The scores of the task as a JSON object, and as a few lines for people.
std::string scalar_scores_to_json(models::Task task, std::span<const EvaluatedEvent> evaluated);
std::string scalar_scores_to_text(models::Task task, std::span<const EvaluatedEvent> evaluated);

/// "degrees", "km", "magnitude units"; pmp: "".
const char* unit_of(models::Task task);

}  // namespace geod::trainer
