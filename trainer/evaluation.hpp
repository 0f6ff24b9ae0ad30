#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "models/manifest.hpp"
#include "trainer/recording.hpp"

namespace geod::trainer {

/// A window to be scored: normalised over the samples [present_begin, present_samples), zeros
/// before and after them.
struct ScoreInput {
  LabelledWindow window;
  std::int64_t present_samples = 0;
  std::int64_t present_begin = 0;
};

/// Scores windows: P and S probabilities [N, 2, T], or the outputs [N, K] of a scalar task.
using ScoreFunction =
    std::function<Result<void>(std::span<const ScoreInput> windows, std::span<float> scores)>;

struct EvaluationSettings {
  std::int64_t window_samples = 3072;
  double sampling_rate_hz = 100.0;
  models::PickSettings picks;
  std::int64_t batch_windows = 16;
};

struct EvaluatedPick {
  Phase phase = Phase::kP;
  double sample = 0.0;
  double score = 0.0;
};

/// Lowest score a pick is kept at, so that thresholds can be varied afterwards.
inline constexpr double kLowestScore = 0.05;

/// P and S probability over a whole recording, [2, samples].
struct RecordingScores {
  std::int64_t samples = 0;
  std::vector<float> values;

  std::span<const float> of(Phase phase) const {
    const auto length = static_cast<std::size_t>(samples);
    return std::span<const float>(values).subspan(static_cast<std::size_t>(phase) * length, length);
  }
};

/// Windows on a hop grid from the recording's start, merged with triangular weights.
Result<RecordingScores> score_recording(const Recording& recording,
                                        const EvaluationSettings& settings,
                                        const ScoreFunction& score);

/// Peaks of score_recording down to kLowestScore; none near runs of constant samples. Ascending per
/// phase, P first.
Result<std::vector<EvaluatedPick>> pick_recording(const Recording& recording,
                                                  const EvaluationSettings& settings,
                                                  const ScoreFunction& score);

/// Counts and residuals (pick - label, seconds) of one phase.
struct PhaseScores {
  std::int64_t labels = 0;
  std::int64_t true_picks = 0;
  std::int64_t false_picks = 0;
  std::vector<double> residuals_s;

  double precision() const;
  double recall() const;
  double f1() const;
  // Of the true picks alone.
  double mean_s() const;
  double standard_deviation_s() const;
  double mae_s() const;
  double rmse_s() const;
  double median_absolute_s() const;
};

/// The published metrics: the highest peak of each phase and window against its label, within
/// int(0.1 s); residuals are label - pick in samples, divided by all windows.
struct PublishedScores {
  std::int64_t windows = 0;
  std::int64_t predicted = 0;
  std::int64_t labelled = 0;
  std::int64_t true_picks = 0;
  double sum = 0.0;
  double absolute_sum = 0.0;
  double square_sum = 0.0;

  double precision() const;
  double recall() const;
  double f1() const;
  double mean_samples() const;
  double mae_samples() const;
  double rmse_samples() const;
  double std_samples() const;
  /// Summed over the true picks, and divided by their number: what mae_samples hides.
  double true_mae_samples() const;
};

/// One recording with what was picked on it.
struct EvaluatedRecording {
  const Recording* recording = nullptr;
  std::vector<EvaluatedPick> picks;
};

Result<std::vector<EvaluatedRecording>> evaluate(std::span<const Recording* const> recordings,
                                                 const EvaluationSettings& settings,
                                                 const ScoreFunction& score);

/// Labelled windows: picks and labels of a phase matched one to one within `tolerance_s`; every
/// other pick of a phase that is labelled there is false.
PhaseScores score_windows(std::span<const EvaluatedRecording> evaluated,
                          Phase phase,
                          double threshold,
                          double tolerance_s,
                          double sampling_rate_hz);

/// Picks of either phase more than 1 s before P, per hour of such time.
double quiet_picks_per_hour(std::span<const EvaluatedRecording> evaluated,
                            double threshold_p,
                            double threshold_s,
                            double sampling_rate_hz);

/// Continuous recordings: false are picks that match no label and lie in no mask of their phase.
PhaseScores score_continuous(std::span<const EvaluatedRecording> evaluated,
                             Phase phase,
                             double threshold,
                             double tolerance_s,
                             double sampling_rate_hz);

PublishedScores published_scores(std::span<const EvaluatedRecording> evaluated,
                                 Phase phase,
                                 double threshold,
                                 double sampling_rate_hz);

/// All of the above and of pick_calibration as one JSON object.
std::string scores_to_json(std::span<const EvaluatedRecording> evaluated,
                           const EvaluationSettings& settings);
/// The same as a few lines for people.
std::string scores_to_text(std::span<const EvaluatedRecording> evaluated,
                           const EvaluationSettings& settings);

}  // namespace geod::trainer
