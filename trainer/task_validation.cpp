#include "trainer/task_validation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <nlohmann/json.hpp>

namespace geod::trainer {
namespace {

using models::Task;
using nlohmann::json;

constexpr double kToleranceS = 0.5;
constexpr std::int64_t kBatchWindows = 16;

struct Answer {
  double target = 0.0;
  double said = 0.0;
};

/// The two values of a target or an output as one number: probability of up, degrees, magnitude,
/// km.
double number_of(Task task, const float* values) {
  return task == Task::kBaz
             ? std::atan2(static_cast<double>(values[1]), static_cast<double>(values[0])) * 180.0 /
                   std::numbers::pi
             : static_cast<double>(values[0]);
}

double error_of(Task task, const Answer& answer) {
  switch (task) {
    case Task::kPmp:
      return (answer.said > 0.5) == (answer.target > 0.5) ? 0.0 : 1.0;
    case Task::kBaz:
      return std::abs(std::remainder(answer.target - answer.said, 360.0));
    case Task::kDis:
      return std::abs(answer.target - answer.said) / std::max(1.0, answer.target);
    default:
      return std::abs(answer.target - answer.said);
  }
}

const char* error_name(Task task) {
  switch (task) {
    case Task::kPmp:
      return "wrong_share";
    case Task::kBaz:
      return "mean_absolute_deg";
    case Task::kDis:
      return "mean_absolute_relative";
    default:
      return "mean_absolute";
  }
}

std::vector<Answer> all_answers(Task task,
                                const ExampleSource& examples,
                                std::int64_t window_samples,
                                const PredictFunction& predict) {
  const auto count = static_cast<std::int64_t>(examples.epoch_draws());
  std::vector<Answer> answers;
  for (std::int64_t first = 0; first < count; first += kBatchWindows) {
    const std::int64_t windows = std::min(kBatchWindows, count - first);
    const TrainBatch batch = make_batch(examples, {windows, 0, first, window_samples}, 0);
    const std::vector<float> outputs = predict(batch);
    const std::size_t classes = outputs.size() / static_cast<std::size_t>(windows);
    for (std::size_t i = 0; i < static_cast<std::size_t>(windows); ++i) {
      answers.push_back({number_of(task, batch.target.data() + 2 * i),
                         number_of(task, outputs.data() + classes * i)});
    }
  }
  return answers;
}

}  // namespace

Result<Validation> validate_picks(std::span<const Recording> recordings,
                                  const models::SeisMollmGeometry& geometry,
                                  const ScoreFunction& score) {
  EvaluationSettings settings;
  settings.window_samples = geometry.window_samples;
  settings.sampling_rate_hz = geometry.sampling_rate.hz();
  settings.picks.hop_samples = geometry.window_samples / 4;
  std::vector<const Recording*> pointers;
  for (const Recording& recording : recordings) {
    pointers.push_back(&recording);
  }
  const auto evaluated = evaluate(pointers, settings, score);
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

Validation validate_scalars(Task task,
                            const ExampleSource& examples,
                            std::int64_t window_samples,
                            const PredictFunction& predict) {
  const std::vector<Answer> answers = all_answers(task, examples, window_samples, predict);
  double sum = 0.0;
  for (const Answer& answer : answers) {
    sum += error_of(task, answer);
  }
  Validation validation;
  validation.metric = sum / static_cast<double>(answers.size());
  validation.scores_json =
      json{{"windows", answers.size()}, {error_name(task), validation.metric}}.dump();
  validation.text = fmt::format("{}: {} windows, {} {:.4f}",
                                to_string(task),
                                answers.size(),
                                error_name(task),
                                validation.metric);
  return validation;
}

}  // namespace geod::trainer
