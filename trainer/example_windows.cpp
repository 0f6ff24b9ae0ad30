#include "trainer/example_windows.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "core/time.hpp"
#include "trainer/evaluated_recordings.hpp"
#include "trainer/pick_matching.hpp"
#include "trainer/svg_traces.hpp"

namespace geod::trainer {
namespace {

using models::Task;

constexpr std::size_t kEach = 2;
constexpr double kSameArrivalS = 0.5;
/// Shown before the first label; of a window that is longer than kWholeS.
constexpr double kBeforeS = 10.0;
constexpr double kWholeS = 60.0;

/// Samples [begin, end) of a recording that are shown.
struct Shown {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

Shown shown_around(const Recording& recording, double sample, double rate_hz) {
  const auto whole = static_cast<std::int64_t>(kWholeS * rate_hz);
  if (recording.samples <= whole) {
    return {0, recording.samples};
  }
  const auto before = static_cast<std::int64_t>(kBeforeS * rate_hz);
  const std::int64_t begin = std::clamp<std::int64_t>(
      static_cast<std::int64_t>(sample) - before, 0, recording.samples - whole);
  return {begin, begin + whole};
}

std::vector<TraceRow> component_rows(const Recording& recording,
                                     const Waveform& waveform,
                                     const Shown& shown) {
  std::vector<TraceRow> rows;
  const char* names[] = {"Z", recording.oriented ? "N" : "1", recording.oriented ? "E" : "2"};
  for (std::size_t c = 0; c < (recording.vertical_only ? 1 : kComponents); ++c) {
    rows.push_back(
        {names[c],
         waveform.component(c).subspan(static_cast<std::size_t>(shown.begin),
                                       static_cast<std::size_t>(shown.end - shown.begin))});
  }
  return rows;
}

std::string subtitle_of(const Recording& recording, const Shown& shown, double rate_hz) {
  const Time begin =
      recording.start + duration_from_seconds(static_cast<double>(shown.begin) / rate_hz);
  return to_iso(begin, 2) + (recording.event.empty() ? "" : ", event " + recording.event);
}

/// Misses and false picks of the labelled phases; among equals the mean distance of the others.
double badness_of(const EvaluatedRecording& evaluated, const EvaluationSettings& settings) {
  const double rate = settings.sampling_rate_hz;
  double mistakes = 0.0;
  double distance_s = 0.0;
  double pairs = 0.0;
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    const std::vector<double> labels = label_times(*evaluated.recording, phase, rate);
    if (labels.empty()) {
      continue;
    }
    const std::vector<double> picks =
        pick_times(evaluated, phase, threshold_of(settings, phase), rate);
    const auto matched = match_picks(labels, picks, kSameArrivalS);
    mistakes += static_cast<double>(labels.size() + picks.size() - 2 * matched.size());
    for (const auto& [label, pick] : matched) {
      distance_s += std::abs(labels[label] - picks[pick]);
      pairs += 1.0;
    }
  }
  return mistakes + (pairs > 0.0 ? distance_s / pairs : 0.0);
}

void add_pick_marks(const EvaluatedRecording& evaluated,
                    const EvaluationSettings& settings,
                    const Shown& shown,
                    TracesPlot& plot) {
  const double rate = settings.sampling_rate_hz;
  const double begin_s = static_cast<double>(shown.begin) / rate;
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    const bool is_s = phase == Phase::kS;
    for (const double time_s : label_times(*evaluated.recording, phase, rate)) {
      plot.marks.push_back(
          {time_s - begin_s, std::string(to_string(phase)), TraceMark::Kind::kLabel, is_s});
    }
    for (const EvaluatedPick& pick : picks_above(evaluated, phase, threshold_of(settings, phase))) {
      plot.marks.push_back({pick.sample / rate - begin_s,
                            fmt::format("{} {:.2f}", to_string(phase), pick.score),
                            TraceMark::Kind::kPick,
                            is_s});
    }
  }
}

Result<ReportFigure> pick_example(const EvaluatedRecording& evaluated,
                                  const EvaluationSettings& settings,
                                  const ScoreFunction& score,
                                  const std::string& rank) {
  const Recording& recording = *evaluated.recording;
  const double rate = settings.sampling_rate_hz;
  const auto scores = score_recording(recording, settings, score);
  if (!scores) {
    return tl::unexpected(scores.error());
  }
  const Shown shown = shown_around(recording, recording.labels.front().sample, rate);
  const Waveform waveform = recording.waveform();
  TracesPlot plot;
  plot.title = rank + ": " + recording.id;
  plot.subtitle = subtitle_of(recording, shown, rate);
  plot.seconds = static_cast<double>(shown.end - shown.begin) / rate;
  plot.components = component_rows(recording, waveform, shown);
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    plot.scores.push_back(
        {std::string(to_string(phase)),
         scores->of(phase).subspan(static_cast<std::size_t>(shown.begin),
                                   static_cast<std::size_t>(shown.end - shown.begin))});
  }
  plot.thresholds = {settings.picks.threshold_p};
  if (settings.picks.threshold_s != settings.picks.threshold_p) {
    plot.thresholds.push_back(settings.picks.threshold_s);
  }
  add_pick_marks(evaluated, settings, shown, plot);
  return ReportFigure{to_svg(plot), ""};
}

std::string said_text(Task task, double value) {
  switch (task) {
    case Task::kPmp:
      return fmt::format("{:.2f} up", value);
    case Task::kBaz:
      return fmt::format("{:.0f} degrees", value);
    case Task::kDis:
      return fmt::format("{:.1f} km", value);
    default:
      return fmt::format("magnitude {:.2f}", value);
  }
}

std::string label_text(Task task, double value) {
  return task == Task::kPmp ? (value > 0.5 ? "up" : "down") : said_text(task, value);
}

ReportFigure scalar_example(const EvaluatedEvent& evaluated,
                            const ScalarEvaluationSettings& settings,
                            const std::string& rank) {
  const Recording& recording = *evaluated.recording;
  const double rate = settings.sampling_rate_hz;
  const double p_sample = evaluated.event->p_sample;
  Shown shown = shown_around(recording, p_sample, rate);
  if (settings.task == Task::kPmp) {  // a first motion is small
    const auto half = static_cast<std::int64_t>(rate);
    const auto at = static_cast<std::int64_t>(p_sample);
    shown = {std::clamp<std::int64_t>(at - half, 0, recording.samples),
             std::clamp<std::int64_t>(at + half, 0, recording.samples)};
  }
  const Waveform waveform = recording.waveform();
  TracesPlot plot;
  plot.title = rank + ": " + recording.id;
  const ScalarResult& result = evaluated.result;
  plot.subtitle = fmt::format(
      "known {}, said {}{}; {}",
      label_text(settings.task, result.target),
      said_text(settings.task, result.prediction),
      result.uncertainty > 0.0 ? fmt::format(" +- {:.2g}", result.uncertainty) : std::string(),
      subtitle_of(recording, shown, rate));
  plot.seconds = static_cast<double>(shown.end - shown.begin) / rate;
  plot.components = component_rows(recording, waveform, shown);
  const double begin = static_cast<double>(shown.begin);
  plot.marks.push_back({(p_sample - begin) / rate, "P", TraceMark::Kind::kLabel, false});
  if (evaluated.event->s_sample) {
    plot.marks.push_back(
        {(*evaluated.event->s_sample - begin) / rate, "S", TraceMark::Kind::kLabel, true});
  }
  return {to_svg(plot), ""};
}

}  // namespace

std::vector<RankedExample> ranked_examples(std::span<const double> badness) {
  std::vector<std::size_t> order(badness.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return badness[i]; });
  const std::size_t count = order.size();
  std::vector<RankedExample> out;
  std::size_t taken_to = 0;
  const auto take = [&](std::size_t from, const char* rank) {
    from = std::max(from, taken_to);
    for (std::size_t i = from; i < std::min(from + kEach, count); ++i) {
      out.push_back({order[i], rank});
      taken_to = i + 1;
    }
  };
  take(0, "best");
  take(count / 2 > 0 ? count / 2 - 1 : 0, "typical");
  take(count > kEach ? count - kEach : 0, "worst");
  return out;
}

Result<std::vector<ReportFigure>> pick_examples(std::span<const EvaluatedRecording> evaluated,
                                                const EvaluationSettings& settings,
                                                const ScoreFunction& score) {
  std::vector<const EvaluatedRecording*> candidates;
  std::vector<double> badness;
  for (const EvaluatedRecording& e : evaluated) {
    if (!e.recording->labels.empty()) {
      candidates.push_back(&e);
      badness.push_back(badness_of(e, settings));
    }
  }
  std::vector<ReportFigure> figures;
  for (const RankedExample& example : ranked_examples(badness)) {
    auto figure = pick_example(*candidates[example.index], settings, score, example.rank);
    if (!figure) {
      return tl::unexpected(figure.error());
    }
    figures.push_back(std::move(*figure));
  }
  return figures;
}

std::vector<ReportFigure> scalar_examples(std::span<const EvaluatedEvent> evaluated,
                                          const ScalarEvaluationSettings& settings) {
  std::vector<double> badness;
  for (const EvaluatedEvent& e : evaluated) {
    badness.push_back(settings.task == Task::kPmp
                          ? std::abs(e.result.target - e.result.prediction)
                          : std::abs(published_residual(settings.task, e.result)));
  }
  std::vector<ReportFigure> figures;
  for (const RankedExample& example : ranked_examples(badness)) {
    figures.push_back(scalar_example(evaluated[example.index], settings, example.rank));
  }
  return figures;
}

}  // namespace geod::trainer
