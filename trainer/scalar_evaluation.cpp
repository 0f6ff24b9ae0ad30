#include "trainer/scalar_evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include "models/scalar_decoder.hpp"
#include "models/tensor_specs.hpp"
#include "trainer/scalar_labels.hpp"
#include "trainer/window_mixing.hpp"

namespace geod::trainer {
namespace {

using models::Task;

bool can_say(const Recording& recording, Task task) {
  return (task != Task::kBaz || (recording.oriented && !recording.vertical_only)) &&
         !recording.waveform().missing();
}

ScoreInput window_at(const Recording& recording,
                     std::int64_t start,
                     const ScalarEvaluationSettings& settings) {
  ScoreInput input{cut_window(recording,
                              static_cast<double>(start),
                              1.0,
                              settings.window_samples,
                              settings.sampling_rate_hz)};
  normalise_present(input.window);
  input.present_begin = std::clamp<std::int64_t>(-start, 0, settings.window_samples);
  input.present_samples =
      std::clamp<std::int64_t>(recording.samples - start, 0, settings.window_samples);
  return input;
}

/// What the daemon makes of an answer, as numbers. Without a measured deviation none is stated: the
/// spread of the windows alone is none.
ScalarResult result_of(const EstimateValue& answer, double sigma) {
  ScalarResult result;
  if (const auto* polarity = std::get_if<PolarityEstimate>(&answer)) {
    result.prediction = polarity->up_probability;
  } else if (const auto* direction = std::get_if<BackAzimuthEstimate>(&answer)) {
    result = {0.0, direction->back_azimuth_deg, direction->uncertainty_deg};
  } else if (const auto* magnitude = std::get_if<NeuralMagnitudeEstimate>(&answer)) {
    result = {0.0, magnitude->magnitude, magnitude->uncertainty};
  } else if (const auto* distance = std::get_if<DistanceEstimate>(&answer)) {
    result = {0.0, distance->distance_km, distance->uncertainty_km};
  }
  if (sigma <= 0.0) {
    result.uncertainty = 0.0;
  }
  return result;
}

/// Scores the windows of one P.
Result<EvaluatedEvent> evaluate_event(const Recording& recording,
                                      const EventLabel& event,
                                      double label,
                                      const ScalarEvaluationSettings& settings,
                                      const ScoreFunction& score) {
  const std::vector<std::int64_t> starts = scalar_window_starts(event.p_sample, settings);
  const auto classes = static_cast<std::size_t>(models::scalar_outputs(settings.task));
  std::vector<float> outputs(starts.size() * classes);
  const auto most = static_cast<std::size_t>(settings.batch_windows);
  for (std::size_t first = 0; first < starts.size(); first += most) {
    const std::size_t count = std::min(most, starts.size() - first);
    std::vector<ScoreInput> windows;
    for (std::size_t i = 0; i < count; ++i) {
      windows.push_back(window_at(recording, starts[first + i], settings));
    }
    if (auto scored =
            score(windows, std::span<float>(outputs).subspan(first * classes, count * classes));
        !scored) {
      return tl::unexpected(scored.error());
    }
  }
  const auto answer = models::decode_scalar(settings.task, settings.scalar, outputs);
  if (!answer) {
    return fail(Errc::kModelMismatch,
                "{}: the network gives no answer for its P at sample {:.0f} (not finite, or no "
                "direction)",
                recording.id,
                event.p_sample);
  }
  EvaluatedEvent out{&recording,
                     &event,
                     result_of(*answer, settings.scalar.sigma),
                     static_cast<int>(starts.size())};
  out.result.target = label;
  return out;
}

}  // namespace

std::vector<std::int64_t> scalar_window_starts(double p_sample,
                                               const ScalarEvaluationSettings& settings) {
  const auto length = static_cast<double>(settings.window_samples);
  const auto hop = static_cast<double>(settings.hop_samples);
  std::vector<std::int64_t> starts;
  const double last = p_sample - settings.scalar.p_from * length;
  for (double k = std::ceil((p_sample - settings.scalar.p_to * length) / hop); k * hop <= last;
       k += 1.0) {
    starts.push_back(static_cast<std::int64_t>(k * hop));
  }
  if (starts.empty()) {
    const double middle = 0.5 * (settings.scalar.p_from + settings.scalar.p_to);
    starts.push_back(std::llround(p_sample - middle * length));
  }
  return starts;
}

Result<std::vector<EvaluatedEvent>> evaluate_scalar(std::span<const Recording* const> recordings,
                                                    const ScalarEvaluationSettings& settings,
                                                    const ScoreFunction& score) {
  std::vector<EvaluatedEvent> out;
  for (const Recording* recording : recordings) {
    if (!can_say(*recording, settings.task)) {
      continue;
    }
    for (const EventLabel& event : recording->events) {
      const std::optional<double> label = scalar_label(event, settings.task);
      if (!label) {
        continue;
      }
      auto evaluated = evaluate_event(*recording, event, *label, settings, score);
      if (!evaluated) {
        return tl::unexpected(evaluated.error());
      }
      out.push_back(std::move(*evaluated));
    }
  }
  return out;
}

std::vector<ScalarResult> results_of(std::span<const EvaluatedEvent> evaluated) {
  std::vector<ScalarResult> out;
  for (const EvaluatedEvent& each : evaluated) {
    out.push_back(each.result);
  }
  return out;
}

std::vector<StatedProbability> statements_of(std::span<const EvaluatedEvent> evaluated) {
  std::vector<StatedProbability> out;
  for (const EvaluatedEvent& each : evaluated) {
    out.push_back({each.result.prediction, each.result.target > 0.5});
  }
  return out;
}

}  // namespace geod::trainer
