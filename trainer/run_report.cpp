#include "trainer/run_report.hpp"

#include "trainer/pick_report.hpp"
#include "trainer/scalar_report.hpp"

namespace geod::trainer {
namespace {

ReportContext context_of(const RunReport& run, MetricsHistory history) {
  const TrainOptions& o = run.options;
  ReportContext context;
  context.title =
      fmt::format("{} {}: {}", o.name.empty() ? "unnamed" : o.name, o.version, name_of(o.task));
  context.subtitle = run.subtitle;
  context.command = o.command_line;
  context.facts = {
      {"preset", std::string(preset_name(o.preset))},
      {"method", std::string(to_string(method_of(o)))},
      {"window",
       fmt::format(
           "{} samples at {:g} Hz", run.geometry.window_samples, run.geometry.sampling_rate.hz())},
      {"windows a step", std::to_string(o.batch_windows)},
      {"seed", std::to_string(o.seed)},
      {"precision", o.bfloat16 ? "bfloat16" : "float32"}};
  context.data = run.data;
  context.history = std::move(history);
  return context;
}

Result<HtmlReport> report_of(const RunReport& run,
                             const ReportContext& context,
                             const ScoreFunction& score) {
  std::vector<const Recording*> recordings;
  for (const Recording& recording : run.recordings) {
    recordings.push_back(&recording);
  }
  if (recordings.empty()) {
    return HtmlReport{context.title,
                      context.subtitle,
                      {},
                      {curves_section(context.history), provenance_section(context)}};
  }
  if (run.options.task == models::Task::kDpk) {
    EvaluationSettings settings;
    settings.window_samples = run.geometry.window_samples;
    settings.sampling_rate_hz = run.geometry.sampling_rate.hz();
    settings.picks.hop_samples = run.geometry.window_samples / 4;
    const auto evaluated = evaluate(recordings, settings, score);
    if (!evaluated) {
      return tl::unexpected(evaluated.error());
    }
    return pick_report(context, *evaluated, settings, score);
  }
  ScalarEvaluationSettings settings;
  settings.task = run.options.task;
  settings.window_samples = run.geometry.window_samples;
  settings.sampling_rate_hz = run.geometry.sampling_rate.hz();
  settings.hop_samples = run.geometry.window_samples / 4;
  settings.scalar = run.scalar;
  const auto evaluated = evaluate_scalar(recordings, settings, score);
  if (!evaluated) {
    return tl::unexpected(evaluated.error());
  }
  return scalar_report(context, *evaluated, settings);
}

}  // namespace

Result<void> write_run_report(const RunReport& run, const ScoreFunction& score) {
  auto history = read_metrics(run.run_directory / "metrics.jsonl");
  if (!history) {
    return tl::unexpected(history.error());
  }
  const auto report = report_of(run, context_of(run, std::move(*history)), score);
  if (!report) {
    return tl::unexpected(report.error());
  }
  return write_html(run.run_directory / "report.html", *report);
}

}  // namespace geod::trainer
