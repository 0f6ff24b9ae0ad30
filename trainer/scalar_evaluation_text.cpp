#include <nlohmann/json.hpp>

#include "trainer/calibration_json.hpp"
#include "trainer/scalar_evaluation.hpp"

namespace geod::trainer {
namespace {

using models::Task;
using nlohmann::json;

json class_json(const ClassScores& s) {
  return {{"labels", s.labelled},
          {"predicted", s.predicted},
          {"true", s.true_predictions},
          {"precision", s.precision()},
          {"recall", s.recall()},
          {"f1", s.f1()}};
}

json polarity_json(const PolarityScores& s) {
  return {{"published",
           {{"precision", s.precision()},
            {"recall", s.recall()},
            {"f1", s.f1()},
            {"f1_of_means", s.f1_of_means()}}},
          {"up", class_json(s.up)},
          {"down", class_json(s.down)},
          {"accuracy", s.accuracy},
          {"majority_accuracy", s.majority_accuracy},
          {"threshold", kPolarityThreshold},
          {"confusion", s.confusion},
          {"stated_share", s.stated_share},
          {"stated_accuracy", s.stated_accuracy},
          {"calibration", json::parse(reliability_to_json(s.reliability))}};
}

json regression_json(Task task, const RegressionScores& s, std::span<const double> normalised) {
  json within = json::object();
  for (const WithinLimit& limit : s.within) {
    within[limit.relative ? fmt::format("{:g}%", 100.0 * limit.limit)
                          : fmt::format("{:g}", limit.limit)] = limit.share;
  }
  json out = {{"published",
               {{"mean", s.mean}, {"mae", s.mae}, {"rmse", s.rmse}, {"std", s.std}, {"r2", s.r2}}},
              {"median_absolute", s.median_absolute},
              {"p90_absolute", s.p90_absolute},
              {"constant_mae", s.constant_mae},
              {"skill", s.skill},
              {"within", within}};
  if (task == Task::kBaz) {
    out["circular"] = {{"mean_deg", s.circular.mean_deg},
                       {"resultant_length", s.circular.resultant_length},
                       {"std_deg", s.circular.std_deg}};
  }
  if (!normalised.empty()) {
    out["uncertainty"] = json::parse(coverage_to_json(normalised));
  }
  return out;
}

std::string polarity_text(const PolarityScores& s) {
  return fmt::format(
      "first motions: {}; right {:.3f} (always the more frequent one: {:.3f})\n"
      "  as the paper counts  precision {:.3f}, recall {:.3f}, F1 {:.3f}\n"
      "  stated where the probability reaches {:.2f}: {:.3f} of them, {:.3f} of these right\n",
      s.count,
      s.accuracy,
      s.majority_accuracy,
      s.precision(),
      s.recall(),
      s.f1(),
      kPolarityThreshold,
      s.stated_share,
      s.stated_accuracy);
}

std::string regression_text(Task task, const RegressionScores& s) {
  std::string text = fmt::format(
      "{}: {} P; median error {:.3g} {}, 90 % below {:.3g}; skill {:.3f} (always the same answer: "
      "mean error {:.3g})\n"
      "  as the paper counts  MAE {:.4g}, RMSE {:.4g}, mean {:+.4g}, std {:.4g}, R2 {:.3f}\n",
      to_string(task),
      s.count,
      s.median_absolute,
      unit_of(task),
      s.p90_absolute,
      s.skill,
      s.constant_mae,
      s.mae,
      s.rmse,
      s.mean,
      s.std,
      s.r2);
  if (task == Task::kBaz) {
    text += fmt::format("  as directions  mean {:+.1f}, circular std {:.1f}, resultant {:.3f}\n",
                        s.circular.mean_deg,
                        s.circular.std_deg,
                        s.circular.resultant_length);
  }
  if (s.stated_count > 0) {
    text += fmt::format("  within one stated deviation {:.3f} (0.683), within two {:.3f} (0.954)\n",
                        s.within_one_sigma,
                        s.within_two_sigma);
  }
  return text;
}

}  // namespace

std::string scalar_scores_to_json(Task task, std::span<const EvaluatedEvent> evaluated) {
  json out;
  if (task == Task::kPmp) {
    out = polarity_json(polarity_scores(statements_of(evaluated), kPolarityThreshold));
  } else {
    const std::vector<ScalarResult> results = results_of(evaluated);
    out = regression_json(
        task, regression_scores(task, results), normalised_residuals(task, results));
  }
  out["task"] = to_string(task);
  out["count"] = evaluated.size();
  return out.dump();
}

std::string scalar_scores_to_text(Task task, std::span<const EvaluatedEvent> evaluated) {
  return task == Task::kPmp
             ? polarity_text(polarity_scores(statements_of(evaluated), kPolarityThreshold))
             : regression_text(task, regression_scores(task, results_of(evaluated)));
}

const char* unit_of(Task task) {
  switch (task) {
    case Task::kBaz:
      return "degrees";
    case Task::kDis:
      return "km";
    case Task::kEmg:
      return "magnitude units";
    default:
      return "";
  }
}

}  // namespace geod::trainer
