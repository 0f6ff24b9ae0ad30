#include "trainer/pick_report.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "trainer/calibration_figures.hpp"
#include "trainer/evaluated_recordings.hpp"
#include "trainer/example_windows.hpp"
#include "trainer/pick_calibration.hpp"
#include "trainer/svg_plot.hpp"

namespace geod::trainer {
namespace {

constexpr Phase kPhases[] = {Phase::kP, Phase::kS};
constexpr double kTight = 0.1;
constexpr double kLoose = 0.5;

/// What the sections are made of, sorted out once.
struct PickResults {
  const EvaluationSettings& settings;
  std::vector<EvaluatedRecording> windows;
  std::vector<EvaluatedRecording> continuous;

  PhaseScores scores(Phase phase, double tolerance_s) const {
    return score_windows(
        windows, phase, threshold_of(settings, phase), tolerance_s, settings.sampling_rate_hz);
  }
  PublishedScores published(Phase phase) const {
    return published_scores(
        windows, phase, threshold_of(settings, phase), settings.sampling_rate_hz);
  }
  double quiet_per_hour() const {
    return quiet_picks_per_hour(
        windows, settings.picks.threshold_p, settings.picks.threshold_s, settings.sampling_rate_hz);
  }
};

/// A row of one number for P and for S.
template <class Function>
std::vector<std::string> both(const char* name, Function function) {
  return {name, function(Phase::kP), function(Phase::kS)};
}

std::vector<ReportCard> cards_of(const PickResults& results) {
  std::vector<ReportCard> cards;
  if (results.windows.empty()) {
    return cards;
  }
  for (const Phase phase : kPhases) {
    const PhaseScores s = results.scores(phase, kTight);
    cards.push_back({fmt::format("F1 of {}", to_string(phase)),
                     number_text(s.f1(), 3),
                     fmt::format("within 0.1 s, {} labels", s.labels)});
  }
  for (const Phase phase : kPhases) {
    cards.push_back({fmt::format("median error of {}", to_string(phase)),
                     number_text(results.scores(phase, kLoose).median_absolute_s(), 3) + " s",
                     "of the picks within 0.5 s"});
  }
  cards.push_back({"picks before P",
                   number_text(results.quiet_per_hour(), 1),
                   "an hour, more than 1 s before the first P"});
  return cards;
}

ReportTable honest_table(const PickResults& results, double tolerance_s) {
  const auto scores = [&](Phase phase) { return results.scores(phase, tolerance_s); };
  ReportTable table;
  table.caption = fmt::format("Every pick counts, within {:.1f} s", tolerance_s);
  table.head = {"score", "P", "S"};
  table.rows = {
      both("labels", [&](Phase p) { return std::to_string(scores(p).labels); }),
      both("missed",
           [&](Phase p) { return std::to_string(scores(p).labels - scores(p).true_picks); }),
      both("false", [&](Phase p) { return std::to_string(scores(p).false_picks); }),
      both("precision", [&](Phase p) { return number_text(scores(p).precision(), 3); }),
      both("recall", [&](Phase p) { return number_text(scores(p).recall(), 3); }),
      both("F1", [&](Phase p) { return number_text(scores(p).f1(), 3); }),
      both("mean error (s)", [&](Phase p) { return number_text(scores(p).mean_s(), 3); }),
      both("standard deviation (s)",
           [&](Phase p) { return number_text(scores(p).standard_deviation_s(), 3); }),
      both("mean absolute error (s)", [&](Phase p) { return number_text(scores(p).mae_s(), 3); }),
      both("median absolute error (s)",
           [&](Phase p) { return number_text(scores(p).median_absolute_s(), 3); })};
  return table;
}

ReportTable published_table(const PickResults& results) {
  const auto scores = [&](Phase phase) { return results.published(phase); };
  ReportTable table;
  table.caption = "As the SeisMoLLM paper counts";
  table.head = {"score", "P", "S"};
  table.rows = {
      both("windows", [&](Phase p) { return std::to_string(scores(p).windows); }),
      both("precision", [&](Phase p) { return number_text(scores(p).precision(), 3); }),
      both("recall", [&](Phase p) { return number_text(scores(p).recall(), 3); }),
      both("F1", [&](Phase p) { return number_text(scores(p).f1(), 3); }),
      both("mean (samples)", [&](Phase p) { return number_text(scores(p).mean_samples(), 3); }),
      both("MAE (samples)", [&](Phase p) { return number_text(scores(p).mae_samples(), 3); }),
      both("RMSE (samples)", [&](Phase p) { return number_text(scores(p).rmse_samples(), 3); }),
      both("Std (samples)", [&](Phase p) { return number_text(scores(p).std_samples(), 3); }),
      both("MAE of the true picks alone (samples)",
           [&](Phase p) { return number_text(scores(p).true_mae_samples(), 3); })};
  return table;
}

ReportTable continuous_table(const PickResults& results) {
  const double rate = results.settings.sampling_rate_hz;
  const double hours = hours_of(results.continuous, rate);
  const auto scores = [&](Phase phase) {
    return score_continuous(
        results.continuous, phase, threshold_of(results.settings, phase), kLoose, rate);
  };
  ReportTable table;
  table.caption = fmt::format("Continuous recordings, {:.1f} h", hours);
  table.head = {"score", "P", "S"};
  table.rows = {
      both("labels", [&](Phase p) { return std::to_string(scores(p).labels); }),
      both("recall within 0.5 s", [&](Phase p) { return number_text(scores(p).recall(), 3); }),
      both("unexplained picks an hour", [&](Phase p) {
        return number_text(static_cast<double>(scores(p).false_picks) / hours, 1);
      })};
  return table;
}

ReportSection scores_section(const PickResults& results) {
  ReportSection section;
  section.title = "Scores";
  section.paragraphs = {fmt::format(
      "Picks of at least {:.2f} (P) and {:.2f} (S). In the first tables every pick of a labelled "
      "phase that matches no label is false. The table as published keeps only the highest pick of "
      "each phase and recording and divides its residuals by all recordings: it is for comparison "
      "with printed tables.",
      results.settings.picks.threshold_p,
      results.settings.picks.threshold_s)};
  if (!results.windows.empty()) {
    section.tables = {
        honest_table(results, kTight), honest_table(results, kLoose), published_table(results)};
  }
  if (!results.continuous.empty()) {
    section.tables.push_back(continuous_table(results));
  }
  return section;
}

ReportSection times_section(const PickResults& results) {
  ReportSection section;
  section.title = "Times and phases";
  HistogramPlot histogram;
  histogram.title = "Pick minus label";
  histogram.x = {"seconds", false, -kLoose, kLoose};
  histogram.bins = 50;
  for (const Phase phase : kPhases) {
    histogram.groups.push_back(
        {std::string(to_string(phase)), results.scores(phase, kLoose).residuals_s});
  }
  section.figures.push_back({to_svg(histogram), "Of the picks within 0.5 s of their label."});
  const PhaseConfusion counts = phase_confusion(results.windows, results.settings);
  MatrixPlot matrix{"Confusion at the thresholds",
                    "label",
                    "picked as",
                    {"P", "S", "no label"},
                    {"P", "S", "not at all"},
                    {}};
  for (const auto& row : counts) {
    matrix.counts.emplace_back(row.begin(), row.end());
  }
  section.figures.push_back(
      {to_svg(matrix), "Within 0.5 s. Shades and shares are those of the row."});
  return section;
}

ReportSection calibration_section(const PickResults& results) {
  ReportSection section;
  section.title = "Calibration";
  section.paragraphs = {
      "Whether a stated probability and a stated uncertainty can be taken at their word: on the "
      "dashed line they can. Below it the statement is too sure."};
  std::vector<std::pair<std::string, Reliability>> stated;
  std::vector<std::pair<std::string, std::vector<double>>> residuals;
  for (const Phase phase : kPhases) {
    PickCalibration own = pick_calibration(results.windows, results.settings, phase);
    const std::string name(to_string(phase));
    section.tables.push_back(
        reliability_table(fmt::format("{}: expected calibration error {}, Brier score {}",
                                      name,
                                      number_text(own.reliability.expected_error),
                                      number_text(own.reliability.brier)),
                          own.reliability));
    stated.emplace_back(name, std::move(own.reliability));
    residuals.emplace_back(name, std::move(own.normalised_residuals));
  }
  section.figures = {
      {reliability_figure(stated, "Probability of picks"),
       "Every pick down to a score of 0.05 in recordings with a label of its phase."},
      {coverage_figure(residuals, "Uncertainty of pick times"),
       "Share of the residuals inside the interval that the stated standard deviation means."}};
  return section;
}

}  // namespace

Result<HtmlReport> pick_report(const ReportContext& context,
                               std::span<const EvaluatedRecording> evaluated,
                               const EvaluationSettings& settings,
                               const ScoreFunction& score) {
  const PickResults results{settings,
                            of_kind(evaluated, RecordingKind::kWindow),
                            of_kind(evaluated, RecordingKind::kContinuous)};
  HtmlReport report{context.title, context.subtitle, cards_of(results), {scores_section(results)}};
  if (ReportSection curves = curves_section(context.history); !curves.figures.empty()) {
    report.sections.push_back(std::move(curves));
  }
  if (!results.windows.empty()) {
    report.sections.push_back(times_section(results));
    report.sections.push_back(calibration_section(results));
  }
  auto examples = pick_examples(evaluated, settings, score);
  if (!examples) {
    return tl::unexpected(examples.error());
  }
  if (!examples->empty()) {
    report.sections.push_back(
        {"Examples",
         {"Labels are solid lines named above, picks dashed lines named below with their score, P "
          "blue and S orange. Under the three components, each scaled to itself, the scores of P "
          "and "
          "S with the thresholds."},
         {},
         std::move(*examples),
         ""});
  }
  report.sections.push_back(provenance_section(context));
  return report;
}

}  // namespace geod::trainer
