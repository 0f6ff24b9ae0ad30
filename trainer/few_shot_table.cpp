#include "trainer/few_shot_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <nlohmann/json.hpp>

#include "trainer/report_sections.hpp"
#include "trainer/svg_plot.hpp"

namespace geod::trainer {
namespace {

using models::Task;
using nlohmann::json;

/// Name of a score, and where it lies in the JSON of a run.
struct ScoreColumn {
  const char* name;
  const char* pointer;
};

std::vector<ScoreColumn> columns_of(Task task) {
  switch (task) {
    case Task::kDpk:
      return {{"P F1 (published)", "/published/P/f1"},
              {"S F1 (published)", "/published/S/f1"},
              {"P F1 (every pick)", "/windows/P/0.1/f1"},
              {"S F1 (every pick)", "/windows/S/0.1/f1"}};
    case Task::kPmp:
      return {{"F1 (published)", "/published/f1"}, {"right", "/accuracy"}};
    default:
      return {{"MAE (published)", "/published/mae"},
              {"median error", "/median_absolute"},
              {"R2 (published)", "/published/r2"},
              {"skill", "/skill"}};
  }
}

double number_at(const json& scores, const char* pointer) {
  const json::json_pointer where(pointer);
  return scores.contains(where) && scores[where].is_number()
             ? scores[where].get<double>()
             : std::numeric_limits<double>::quiet_NaN();
}

FewShotCell cell_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) {
    sum += value;
  }
  const auto count = static_cast<double>(values.size());
  FewShotCell cell{sum / count, 0.0};
  for (const double value : values) {
    cell.spread += (value - cell.mean) * (value - cell.mean);
  }
  cell.spread = values.size() > 1 ? std::sqrt(cell.spread / (count - 1.0)) : 0.0;
  return cell;
}

std::string cell_text(const FewShotCell& cell, int runs) {
  return runs > 1 && std::isfinite(cell.mean)
             ? fmt::format("{} +- {}", number_text(cell.mean, 3), number_text(cell.spread, 3))
             : number_text(cell.mean, 3);
}

std::string share_text(double share) {
  return fmt::format("{:g} %", 100.0 * share);
}

}  // namespace

Result<FewShotTable> few_shot_table(Task task, std::span<const FewShotRun> runs) {
  const std::vector<ScoreColumn> columns = columns_of(task);
  std::map<double, std::vector<json>> by_share;
  for (const FewShotRun& run : runs) {
    json scores = json::parse(run.scores_json, nullptr, false);
    if (!scores.is_object()) {
      return fail(Errc::kCorruptRecord,
                  "share {:g}, seed {}: its scores are no JSON object",
                  run.share,
                  run.seed);
    }
    by_share[run.share].push_back(std::move(scores));
  }
  FewShotTable table;
  for (const ScoreColumn& column : columns) {
    table.scores.emplace_back(column.name);
  }
  for (const auto& [share, scores] : by_share) {
    FewShotRow row{share, static_cast<int>(scores.size()), {}};
    for (const ScoreColumn& column : columns) {
      std::vector<double> values;
      std::ranges::transform(scores, std::back_inserter(values), [&](const json& each) {
        return number_at(each, column.pointer);
      });
      row.cells.push_back(cell_of(values));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string to_text(const FewShotTable& table) {
  constexpr int kWidth = 20;
  std::string text = fmt::format("{:>8}{:>6}", "events", "runs");
  for (const std::string& score : table.scores) {
    text += fmt::format("{:>{}}", score, kWidth);
  }
  text += '\n';
  for (const FewShotRow& row : table.rows) {
    text += fmt::format("{:>8}{:>6}", share_text(row.share), row.runs);
    for (const FewShotCell& cell : row.cells) {
      text += fmt::format("{:>{}}", cell_text(cell, row.runs), kWidth);
    }
    text += '\n';
  }
  return text;
}

std::string to_json(Task task, const FewShotTable& table) {
  json rows = json::array();
  for (const FewShotRow& row : table.rows) {
    json scores = json::object();
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      scores[table.scores[i]] = {{"mean", row.cells[i].mean}, {"std", row.cells[i].spread}};
    }
    rows.push_back({{"share", row.share}, {"runs", row.runs}, {"scores", scores}});
  }
  return json{{"task", to_string(task)}, {"rows", rows}}.dump();
}

HtmlReport to_report(Task task, const FewShotTable& table, const std::string& command) {
  ReportTable rows;
  rows.caption = "Mean and standard deviation over the seeds";
  rows.head = {"events trained on", "runs"};
  rows.head.insert(rows.head.end(), table.scores.begin(), table.scores.end());
  for (const FewShotRow& row : table.rows) {
    rows.rows.push_back({share_text(row.share), std::to_string(row.runs)});
    for (const FewShotCell& cell : row.cells) {
      rows.rows.back().push_back(cell_text(cell, row.runs));
    }
  }
  ReportSection section{"Scores by share of the events", {}, {std::move(rows)}, {}, ""};
  for (std::size_t i = 0; i < table.scores.size(); ++i) {
    XyPlot plot;
    plot.title = table.scores[i];
    plot.x = {"share of the events trained on", true, {}, {}};
    plot.y.label = table.scores[i];
    PlotSeries series{table.scores[i], {}, PlotSeries::Style::kLineAndPoints};
    for (const FewShotRow& row : table.rows) {
      series.points.push_back({row.share, row.cells[i].mean});
      series.errors.push_back(row.cells[i].spread);
    }
    plot.series.push_back(std::move(series));
    section.figures.push_back({to_svg(plot), "Bars: one standard deviation over the seeds."});
  }
  ReportSection made{"Where this comes from", {}, {}, {}, command};
  return {fmt::format("Few-shot protocol: {}", name_of(task)),
          "trained on few events, tested on events that no run has seen",
          {},
          {std::move(section), std::move(made)}};
}

}  // namespace geod::trainer
