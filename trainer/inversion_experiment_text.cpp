#include <algorithm>

#include "trainer/inversion_experiment.hpp"
#include "trainer/report_sections.hpp"

namespace geod::trainer {
namespace {

/// What holds for all published numbers.
constexpr const char* kCorrections[] = {
    "The paper cuts its numbers to three decimals and has one run of each: below 0.001 there is no "
    "difference, and it has no spread to compare with.",
    "The paper's Tables III and IV are pictures; cells are from Tables II, V and VI to IX, which "
    "repeat them. Baselines out of distribution are not in any of them.",
    "The paper's equation multiplies a LoRA pair by alpha, the libraries by alpha / rank; at rank "
    "16 "
    "and alpha 16 that is 16 against 1. Here it is --lora-scaling.",
    "The paper does not say what the BatchNorms did under LoRA, nor the bounds of amplitude of a "
    "test on another set. Here these are --bn and --bounds.",
    "As published, validation and test are one set. Here --select says by what weights are chosen.",
};

std::string text_of(const InversionCell& cell, int runs) {
  return runs > 1 ? fmt::format("{} +- {}", number_text(cell.mean, 4), number_text(cell.spread, 4))
                  : number_text(cell.mean, 4);
}

std::string method_text(const InversionPlan& plan) {
  if (!plan.method) {
    return "pretrained";
  }
  return plan.method == InversionMethod::kLora
             ? fmt::format("lora r {} a {:g}", plan.rank, plan.alpha)
             : std::string(to_string(*plan.method));
}

std::vector<std::string> head() {
  return {"trained on",
          "share",
          "method",
          "trainable",
          "tested on",
          "MAE",
          "RMSE",
          "SSIM",
          "paper MAE",
          "RMSE",
          "SSIM"};
}

/// `remarks` gets the remark of the row; its number goes behind the published cells.
std::vector<std::string> cells_of(const InversionRow& row, std::vector<std::string>& remarks) {
  std::vector<std::string> cells{row.trained_on,
                                 row.plan.method ? fmt::format("{} %", row.plan.percent) : "-",
                                 method_text(row.plan),
                                 std::to_string(row.trainable),
                                 row.tested_on,
                                 text_of(row.mae, row.runs),
                                 text_of(row.rmse, row.runs),
                                 text_of(row.ssim, row.runs)};
  if (!row.published) {
    cells.insert(cells.end(), 3, "-");
    return cells;
  }
  std::string mark;
  if (!row.remark.empty()) {
    auto at = std::ranges::find(remarks, row.remark);
    if (at == remarks.end()) {
      remarks.emplace_back(row.remark);
      at = remarks.end() - 1;
    }
    mark = fmt::format(" [{}]", at - remarks.begin() + 1);
  }
  cells.push_back(number_text(row.published->mae, 4));
  cells.push_back(number_text(row.published->rmse, 4));
  cells.push_back(number_text(row.published->ssim, 4) + mark);
  return cells;
}

struct Table {
  std::string title;
  std::vector<std::vector<std::string>> rows;
};

/// In distribution and out of it apart, as the paper has them.
std::vector<Table> tables_of(std::span<const InversionRow> rows,
                             std::vector<std::string>& remarks) {
  std::vector<Table> tables{{"Tested on the set that was trained on", {}},
                            {"Tested on other sets, and the pretrained network on all", {}}};
  for (const InversionRow& row : rows) {
    tables[row.is_in_distribution() ? 0 : 1].rows.push_back(cells_of(row, remarks));
  }
  std::erase_if(tables, [](const Table& table) { return table.rows.empty(); });
  return tables;
}

std::vector<std::string> gain_lines(std::span<const InversionRow> rows) {
  const LoraGain here = lora_gain(rows);
  if (here.pairs == 0) {
    return {};
  }
  const auto line = [](const char* whose, const LoraGain& gain) {
    return fmt::format(
        "{}: LoRA better than full out of distribution in {}, {} and {} of {} pairs (MAE, RMSE, "
        "SSIM); mean gain {}, {} and {}",
        whose,
        gain.better[0],
        gain.better[1],
        gain.better[2],
        gain.pairs,
        percent_text(gain.mean[0]),
        percent_text(gain.mean[1]),
        percent_text(gain.mean[2]));
  };
  return {line("here", here), line("the paper, Tables VI to IX", published_lora_gain())};
}

}  // namespace

std::string experiment_to_text(InversionExperiment experiment, std::span<const InversionRow> rows) {
  std::vector<std::string> remarks;
  const std::vector<Table> tables = tables_of(rows, remarks);
  std::vector<std::size_t> widths;
  for (const std::string& name : head()) {
    widths.push_back(name.size());
  }
  for (const Table& table : tables) {
    for (const auto& row : table.rows) {
      for (std::size_t c = 0; c < row.size(); ++c) {
        widths[c] = std::max(widths[c], row[c].size());
      }
    }
  }
  const auto line = [&widths](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      text += fmt::format("{:<{}}", cells[c], widths[c] + 2);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  std::string text = fmt::format("experiment {}\n", to_string(experiment));
  for (const Table& table : tables) {
    text += "\n" + table.title + "\n" + line(head());
    for (const auto& row : table.rows) {
      text += line(row);
    }
  }
  for (std::size_t i = 0; i < remarks.size(); ++i) {
    text += fmt::format("{}[{}] {}\n", i == 0 ? "\n" : "", i + 1, remarks[i]);
  }
  text += "\n";
  for (const std::string& each : gain_lines(rows)) {
    text += each + "\n";
  }
  for (const char* each : kCorrections) {
    text += fmt::format("* {}\n", each);
  }
  return text;
}

HtmlReport experiment_to_report(InversionExperiment experiment,
                                std::span<const InversionRow> rows,
                                const std::string& command) {
  HtmlReport report;
  report.title = fmt::format("Inversion, experiment {}", to_string(experiment));
  report.subtitle = "beside Ghosal et al. (arXiv 2412.19510)";
  std::vector<std::string> remarks;
  ReportSection scores;
  scores.title = "Scores";
  for (Table& table : tables_of(rows, remarks)) {
    ReportTable each;
    each.caption = std::move(table.title);
    each.head = head();
    each.rows = std::move(table.rows);
    scores.tables.push_back(std::move(each));
  }
  scores.paragraphs = gain_lines(rows);
  ReportSection notes;
  notes.title = "What is to be known of the published numbers";
  for (std::size_t i = 0; i < remarks.size(); ++i) {
    notes.paragraphs.push_back(fmt::format("[{}] {}", i + 1, remarks[i]));
  }
  notes.paragraphs.insert(notes.paragraphs.end(), std::begin(kCorrections), std::end(kCorrections));
  ReportSection made;
  made.title = "Where this comes from";
  made.command = command;
  report.sections = {std::move(scores), std::move(notes), std::move(made)};
  return report;
}

}  // namespace geod::trainer
