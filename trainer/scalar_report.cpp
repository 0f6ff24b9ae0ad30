#include "trainer/scalar_report.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "trainer/calibration_figures.hpp"
#include "trainer/example_windows.hpp"
#include "trainer/svg_plot.hpp"

namespace geod::trainer {
namespace {

using models::Task;

/// More points than this cannot be told apart in a picture.
constexpr std::size_t kMostPoints = 1500;

std::string with_unit(double value, Task task) {
  return fmt::format("{} {}", number_text(value), unit_of(task));
}

std::string limit_text(const WithinLimit& limit, Task task) {
  return limit.relative ? fmt::format("within {:g} % of the distance", 100.0 * limit.limit)
                        : fmt::format("within {:g} {}", limit.limit, unit_of(task));
}

ReportSection regression_scores_section(Task task, const RegressionScores& s) {
  ReportSection section;
  section.title = "Scores";
  section.paragraphs = {fmt::format(
      "Skill is 1 - MAE / MAE of the best answer that does not look at the record ({}): at 0 the "
      "network is no better than that.",
      with_unit(s.constant_mae, task))};
  ReportTable honest;
  honest.caption = "What counts in use";
  honest.head = {"score", "value"};
  honest.rows = {{"P with a label", std::to_string(s.count)},
                 {"median absolute error", with_unit(s.median_absolute, task)},
                 {"90 % below", with_unit(s.p90_absolute, task)},
                 {"skill", number_text(s.skill, 3)}};
  for (const WithinLimit& limit : s.within) {
    honest.rows.push_back({limit_text(limit, task), percent_text(limit.share)});
  }
  if (task == Task::kBaz) {
    honest.rows.push_back({"circular mean", with_unit(s.circular.mean_deg, task)});
    honest.rows.push_back({"circular standard deviation", with_unit(s.circular.std_deg, task)});
    honest.rows.push_back({"resultant length", number_text(s.circular.resultant_length, 3)});
  }
  ReportTable published;
  published.caption = "As the SeisMoLLM paper counts (label minus prediction)";
  published.head = {"score", "value"};
  published.rows = {{"MAE", number_text(s.mae)},
                    {"RMSE", number_text(s.rmse)},
                    {"mean", number_text(s.mean)},
                    {"Std", number_text(s.std)},
                    {"R2", number_text(s.r2, 3)}};
  section.tables = {std::move(honest), std::move(published)};
  return section;
}

ReportFigure against_figure(Task task, std::span<const ScalarResult> results) {
  XyPlot plot;
  plot.title = "Said against known";
  plot.x.label = fmt::format("known ({})", unit_of(task));
  plot.y.label = fmt::format("said ({})", unit_of(task));
  plot.width = 400.0;
  plot.height = 400.0;
  PlotSeries said{"P", {}, PlotSeries::Style::kPoints};
  double low = 1e9;
  double high = -1e9;
  const std::size_t stride = std::max<std::size_t>(1, results.size() / kMostPoints);
  for (std::size_t i = 0; i < results.size(); i += stride) {
    said.points.push_back({results[i].target, results[i].prediction});
    low = std::min(low, results[i].target);
    high = std::max(high, results[i].target);
  }
  if (task == Task::kBaz) {
    plot.x.from = plot.y.from = 0.0;
    plot.x.to = plot.y.to = 360.0;
    low = 0.0;
    high = 360.0;
  }
  plot.series = {{"ideal", {{low, low}, {high, high}}, PlotSeries::Style::kReference},
                 std::move(said)};
  return {to_svg(plot), stride > 1 ? fmt::format("Every {}th is shown.", stride) : ""};
}

ReportFigure errors_figure(Task task, std::span<const ScalarResult> results) {
  HistogramPlot::Group errors{"", {}};
  std::vector<double> sizes;
  for (const ScalarResult& each : results) {
    errors.values.push_back(-published_residual(task, each));
    sizes.push_back(std::abs(errors.values.back()));
  }
  const double widest = task == Task::kBaz ? 180.0 : std::max(1e-3, 1.2 * quantile(sizes, 0.97));
  HistogramPlot plot;
  plot.title = "Said minus known";
  plot.x = {unit_of(task), false, -widest, widest};
  plot.bins = 45;
  plot.groups = {std::move(errors)};
  return {to_svg(plot), ""};
}

void add_regression(Task task, std::span<const EvaluatedEvent> evaluated, HtmlReport& report) {
  const std::vector<ScalarResult> results = results_of(evaluated);
  const RegressionScores s = regression_scores(task, results);
  report.cards = {{"median error", with_unit(s.median_absolute, task), "half are closer"},
                  {"MAE", with_unit(s.mae, task), "as published"},
                  {"skill", number_text(s.skill, 3), "0: as good as one answer for all"},
                  {"P with a label", std::to_string(s.count), ""}};
  report.sections.push_back(regression_scores_section(task, s));
  report.sections.push_back(
      {"Errors", {}, {}, {against_figure(task, results), errors_figure(task, results)}, ""});
  if (s.stated_count > 0) {
    report.sections.push_back(
        {"Stated uncertainty",
         {fmt::format("{} lie within one stated standard deviation (68.3 % when it is right), {} "
                      "within two (95.4 %). Below the dashed line it is stated too small.",
                      percent_text(s.within_one_sigma),
                      percent_text(s.within_two_sigma))},
         {},
         {{coverage_figure({{"residuals", normalised_residuals(task, results)}},
                           "Residuals inside the stated interval"),
           ""}},
         ""});
  }
}

void add_polarity(std::span<const EvaluatedEvent> evaluated, HtmlReport& report) {
  const PolarityScores s = polarity_scores(statements_of(evaluated), kPolarityThreshold);
  report.cards = {
      {"right",
       percent_text(s.accuracy),
       fmt::format("always the more frequent one: {}", percent_text(s.majority_accuracy))},
      {"F1", number_text(s.f1(), 3), "as published"},
      {"right where sure",
       percent_text(s.stated_accuracy),
       fmt::format(
           "{} reach a probability of {:.1f}", percent_text(s.stated_share), kPolarityThreshold)},
      {"first motions", std::to_string(s.count), ""}};
  ReportTable published;
  published.caption = "As the SeisMoLLM paper counts, at a probability of 0.5";
  published.head = {"class", "labels", "precision", "recall", "F1"};
  const auto row = [](const char* name, const ClassScores& c) -> std::vector<std::string> {
    return {name,
            std::to_string(c.labelled),
            number_text(c.precision(), 3),
            number_text(c.recall(), 3),
            number_text(c.f1(), 3)};
  };
  published.rows = {row("up", s.up),
                    row("down", s.down),
                    {"mean of the two",
                     std::to_string(s.count),
                     number_text(s.precision(), 3),
                     number_text(s.recall(), 3),
                     number_text(s.f1(), 3)}};
  report.sections.push_back({"Scores", {}, {std::move(published)}, {}, ""});
  MatrixPlot matrix{fmt::format("First motions at a probability of {:.1f}", kPolarityThreshold),
                    "label",
                    "said",
                    {"up", "down"},
                    {"up", "down", "nothing"},
                    {}};
  for (const auto& counts : s.confusion) {
    matrix.counts.emplace_back(counts.begin(), counts.end());
  }
  report.sections.push_back(
      {"Confusion and calibration",
       {fmt::format("Expected calibration error {}, Brier score {}.",
                    number_text(s.reliability.expected_error),
                    number_text(s.reliability.brier))},
       {reliability_table("Probability of the answer given", s.reliability)},
       {{to_svg(matrix), "Shades and shares are those of the row."},
        {reliability_figure({{"answers", s.reliability}}, "Probability of the answer"),
         "On the dashed line a probability can be taken at its word; below it the network is too "
         "sure."}},
       ""});
}

}  // namespace

HtmlReport scalar_report(const ReportContext& context,
                         std::span<const EvaluatedEvent> evaluated,
                         const ScalarEvaluationSettings& settings) {
  HtmlReport report{context.title, context.subtitle, {}, {}};
  if (settings.task == Task::kPmp) {
    add_polarity(evaluated, report);
  } else {
    add_regression(settings.task, evaluated, report);
  }
  if (ReportSection curves = curves_section(context.history); !curves.figures.empty()) {
    report.sections.push_back(std::move(curves));
  }
  if (std::vector<ReportFigure> examples = scalar_examples(evaluated, settings);
      !examples.empty()) {
    report.sections.push_back(
        {"Examples",
         {"The components, each scaled to itself, with the labelled arrivals."},
         {},
         std::move(examples),
         ""});
  }
  report.sections.push_back(provenance_section(context));
  return report;
}

}  // namespace geod::trainer
