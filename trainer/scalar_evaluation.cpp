#include "trainer/scalar_evaluation.hpp"

#include <algorithm>
#include <cmath>

#include "models/pick_statement.hpp"
#include "models/tensor_specs.hpp"
#include "trainer/scalar_average.hpp"
#include "trainer/scalar_labels.hpp"
#include "trainer/window_mixing.hpp"

namespace geod::trainer {
namespace {

using models::Task;

bool can_say(const Recording& recording, Task task) {
  return task != Task::kBaz || (recording.oriented && !recording.vertical_only);
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

double stated_uncertainty(const ScalarEvaluationSettings& settings, const AveragedScalar& average) {
  if (settings.sigma <= 0.0 || settings.task == Task::kPmp) {
    return 0.0;
  }
  const double own = settings.task == Task::kDis ? settings.sigma * average.value : settings.sigma;
  return std::hypot(own, average.spread);
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
  const AveragedScalar average = average_scalar(settings.task, outputs);
  EvaluatedEvent out{&recording, &event, {}, static_cast<int>(starts.size())};
  out.result.target = label;
  out.result.prediction = settings.task == Task::kPmp
                              ? models::calibrated(settings.calibration, average.value)
                              : average.value;
  out.result.uncertainty = stated_uncertainty(settings, average);
  return out;
}

}  // namespace

std::vector<std::int64_t> scalar_window_starts(double p_sample,
                                               const ScalarEvaluationSettings& settings) {
  const auto length = static_cast<double>(settings.window_samples);
  const auto hop = static_cast<double>(settings.hop_samples);
  std::vector<std::int64_t> starts;
  const double last = p_sample - settings.p_from * length;
  for (double k = std::ceil((p_sample - settings.p_to * length) / hop); k * hop <= last; k += 1.0) {
    starts.push_back(static_cast<std::int64_t>(k * hop));
  }
  if (starts.empty()) {
    const double middle = 0.5 * (settings.p_from + settings.p_to);
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
