#include "trainer/report_sections.hpp"

#include <cmath>

#include <fmt/format.h>

#include "core/time.hpp"
#include "trainer/calibration.hpp"
#include "trainer/svg_plot.hpp"

namespace geod::trainer {
namespace {

/// Metrics of one unit that are drawn together, by their names in the run's log.
struct CurveGroup {
  const char* title;
  const char* y_label;
  bool logarithmic;
  std::vector<std::pair<const char*, const char*>> metrics;  ///< name in the log, in the legend
};

const std::vector<CurveGroup>& curve_groups() {
  static const std::vector<CurveGroup> kGroups{
      {"Loss", "loss", true, {{"loss", "training, running mean"}, {"validation_loss", "held out"}}},
      {"Picks of the held-out recordings",
       "F1",
       false,
       {{"scores/windows/P/0.1/f1", "P, 0.1 s"},
        {"scores/windows/S/0.1/f1", "S, 0.1 s"},
        {"scores/windows/P/0.5/f1", "P, 0.5 s"},
        {"scores/windows/S/0.5/f1", "S, 0.5 s"}}},
      {"Error of the held-out recordings",
       "in the unit of the task",
       false,
       {{"scores/published/mae", "mean"}, {"scores/median_absolute", "median"}}},
      {"First motions of the held-out recordings",
       "share",
       false,
       {{"scores/accuracy", "right"}, {"scores/published/f1", "F1 as published"}}},
      {"Held-out images",
       "share",
       false,
       {{"scores/mean_iou", "mIoU"},
        {"scores/published/mean_iou", "mIoU as published"},
        {"scores/published/mean_accuracy", "mPA as published"},
        {"scores/pixel_accuracy", "right pixels"}}},
      {"Learning rate", "learning rate", false, {{"learning_rate", "learning rate"}}}};
  return kGroups;
}

std::vector<SvgPoint> points_of(const std::vector<std::pair<std::int64_t, double>>& series) {
  std::vector<SvgPoint> points;
  for (const auto& [step, value] : series) {
    points.push_back({static_cast<double>(step), value});
  }
  return points;
}

std::string folder_kind(RecordingKind kind) {
  return kind == RecordingKind::kWindow ? "windows" : "continuous";
}

std::string exclusion_text(const Exclusion& exclusion) {
  std::string text;
  for (const std::string& station : exclusion.stations) {
    text += (text.empty() ? "" : ", ") + station;
  }
  text = text.empty() ? "all stations" : text;
  if (exclusion.from) {
    text += " from " + to_iso(*exclusion.from, 0);
  }
  if (exclusion.to) {
    text += " to " + to_iso(*exclusion.to, 0);
  }
  return text;
}

}  // namespace

ReportSection curves_section(const MetricsHistory& history) {
  ReportSection section;
  section.title = "Learning curves";
  for (const CurveGroup& group : curve_groups()) {
    XyPlot plot;
    plot.title = group.title;
    plot.x.label = "step";
    plot.y = {group.y_label, group.logarithmic, {}, {}};
    for (const auto& [name, legend] : group.metrics) {
      const auto found = history.find(name);
      if (found != history.end()) {
        const auto style = found->second.size() <= 40 ? PlotSeries::Style::kLineAndPoints
                                                      : PlotSeries::Style::kLine;
        plot.series.push_back({legend, points_of(found->second), style});
      }
    }
    if (!plot.series.empty()) {
      section.figures.push_back({to_svg(plot), ""});
    }
  }
  return section;
}

ReportSection provenance_section(const ReportContext& context) {
  ReportSection section;
  section.title = "Where this comes from";
  section.command = context.command;
  ReportTable facts;
  facts.numbers = false;
  facts.head = {"what", "value"};
  for (const auto& [name, value] : context.facts) {
    facts.rows.push_back({name, value});
  }
  ReportTable data;
  data.numbers = false;
  data.caption = "Data set " + context.data.name;
  data.head = {"folder", "kind", "labels by", "licence", "attribution"};
  for (const DatasetFolder& folder : context.data.folders) {
    data.rows.push_back({folder.name,
                         folder_kind(folder.kind),
                         folder.labels_by,
                         folder.licence,
                         folder.attribution});
  }
  section.tables = {std::move(facts), std::move(data)};
  if (!context.data.exclusions.empty()) {
    ReportTable left_out;
    left_out.numbers = false;
    left_out.caption = "Left out";
    left_out.head = {"what", "reason"};
    for (const Exclusion& exclusion : context.data.exclusions) {
      left_out.rows.push_back({exclusion_text(exclusion), exclusion.reason});
    }
    section.tables.push_back(std::move(left_out));
  }
  return section;
}

const char* name_of(models::Task task) {
  switch (task) {
    case models::Task::kDpk:
      return "phase picking";
    case models::Task::kPmp:
      return "first motion";
    case models::Task::kBaz:
      return "back-azimuth";
    case models::Task::kEmg:
      return "magnitude";
    case models::Task::kDis:
      return "epicentral distance";
    case models::Task::kDas:
      return "events on a fibre";
    case models::Task::kFacies:
      return "seismic facies";
    case models::Task::kSalt:
      return "salt bodies";
    case models::Task::kCrater:
      return "lunar craters";
    case models::Task::kFault:
      return "faults";
    case models::Task::kFwi:
      break;
  }
  return "full-waveform inversion";
}

std::string number_text(double value) {
  if (!std::isfinite(value)) {
    return "-";
  }
  const double size = std::abs(value);
  const int decimals = size >= 100.0 ? 0 : size >= 10.0 ? 1 : size >= 1.0 ? 2 : 3;
  return number_text(value, decimals);
}

std::string number_text(double value, int decimals) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : "-";
}

std::string percent_text(double share) {
  return std::isfinite(share) ? fmt::format("{:.1f} %", 100.0 * share) : "-";
}

ReportTable reliability_table(std::string caption, const Reliability& reliability) {
  ReportTable table;
  table.caption = std::move(caption);
  table.head = {"stated probability", "count", "mean stated", "observed"};
  for (const ReliabilityBin& bin : reliability.bins) {
    if (bin.count > 0) {
      table.rows.push_back({fmt::format("{:.1f} to {:.1f}", bin.lower, bin.upper),
                            std::to_string(bin.count),
                            number_text(bin.mean_probability),
                            number_text(bin.observed)});
    }
  }
  return table;
}

}  // namespace geod::trainer
