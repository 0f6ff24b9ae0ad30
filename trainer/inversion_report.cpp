#include "trainer/inversion_report.hpp"

#include <utility>

#include <fmt/format.h>

#include "trainer/inversion_published.hpp"

namespace geod::trainer {
namespace {

constexpr int kWhole = 100;  // per cent of the training samples

std::vector<std::string> score_cells(const InversionScores& scores) {
  return {number_text(scores.mae, 4), number_text(scores.rmse, 4), number_text(scores.ssim, 4)};
}

ReportSection scores_section(std::span<const InversionTest> tests) {
  ReportSection section;
  section.title = "Scores";
  section.paragraphs = {
      "MAE and RMSE are in units of the normalised maps, -1 to 1, over all cells of all maps: one "
      "unit is half the range of velocities. SSIM is taken of the maps in 0 to 1, with a Gaussian "
      "window of 11 cells that sees zeros outside, borders included, as published."};
  ReportTable table;
  table.caption = "By data set";
  table.head = {"data set", "maps", "MAE", "RMSE", "SSIM", "MAE, m/s", "RMSE, m/s"};
  for (const InversionTest& test : tests) {
    std::vector<std::string> row{test.name, std::to_string(test.scores.maps)};
    for (std::string& cell : score_cells(test.scores)) {
      row.push_back(std::move(cell));
    }
    row.push_back(number_text(test.scores.mae * test.unit_m_s, 1));
    row.push_back(number_text(test.scores.rmse * test.unit_m_s, 1));
    table.rows.push_back(std::move(row));
  }
  section.tables.push_back(std::move(table));
  if (auto published = published_inversion_table(tests); !published.rows.empty()) {
    section.tables.push_back(std::move(published));
  }
  return section;
}

Result<ReportSection> maps_section(const char* title,
                                   std::span<const InversionGallery::Entry> entries) {
  ReportSection section;
  section.title = title;
  section.paragraphs = {
      "True map, map of the network, and their difference: red where the network is too fast, blue "
      "where it is too slow, full colour at a sixth of the range of velocities (500 m/s)."};
  for (const InversionGallery::Entry& entry : entries) {
    auto png = streams::encode_png(entry.picture);
    if (!png) {
      return fail_with(png.error(), entry.name);
    }
    section.figures.push_back({"",
                               fmt::format("{}: MAE {}, SSIM {}",
                                           entry.name,
                                           number_text(entry.scores.mae, 4),
                                           number_text(entry.scores.ssim, 4)),
                               std::move(*png)});
  }
  return section;
}

}  // namespace

ReportTable published_inversion_table(std::span<const InversionTest> tests) {
  ReportTable table;
  table.caption =
      "Ghosal et al. (arXiv 2412.19510), trained and tested on the same set, and this network";
  table.head = {"network", "MAE", "RMSE", "SSIM"};
  for (const InversionTest& test : tests) {
    if (test.published == nullptr) {
      continue;
    }
    const std::string_view code = test.published->code;
    bool is_published = false;
    for (const auto method :
         {InversionMethod::kBaseline, InversionMethod::kFull, InversionMethod::kLora}) {
      if (const auto* cell = find_published_inversion(code, code, method, kWhole)) {
        std::vector<std::string> row{
            fmt::format("{}, {}{}", code, to_string(method), cell->remark.empty() ? "" : " *")};
        for (std::string& text : score_cells({0, cell->mae, cell->rmse, cell->ssim})) {
          row.push_back(std::move(text));
        }
        table.rows.push_back(std::move(row));
        is_published = true;
      }
    }
    if (is_published) {
      std::vector<std::string> row{fmt::format("{}, this network", code)};
      for (std::string& text : score_cells(test.scores)) {
        row.push_back(std::move(text));
      }
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Result<HtmlReport> inversion_report(const ReportContext& context, const InversionReportData& data) {
  HtmlReport report;
  report.title = context.title;
  report.subtitle = context.subtitle;
  if (!data.tests.empty()) {
    const InversionScores all = joined(data.tests);
    report.cards = {{"MAE", number_text(all.mae, 4), "of the normalised maps"},
                    {"MAE, m/s", number_text(all.mae * data.tests.front().unit_m_s, 1), ""},
                    {"RMSE", number_text(all.rmse, 4), "over all cells"},
                    {"SSIM", number_text(all.ssim, 4), "as published"}};
    report.sections.push_back(scores_section(data.tests));
    for (const auto& [title, entries] :
         {std::pair<const char*, std::span<const InversionGallery::Entry>>{"The first maps",
                                                                           data.gallery.first()},
          {"The maps it does worst on", data.gallery.worst()}}) {
      auto section = maps_section(title, entries);
      if (!section) {
        return tl::unexpected(section.error());
      }
      report.sections.push_back(std::move(*section));
    }
  }
  if (!context.history.empty()) {
    report.sections.push_back(curves_section(context.history));
  }
  report.sections.push_back(provenance_section(context));
  return report;
}

Result<void> write_inversion_run_report(const TrainOptions& options,
                                        const DatasetDescription& description,
                                        const InversionReportData& data,
                                        const std::filesystem::path& run_directory) {
  auto history = read_metrics(run_directory / "metrics.jsonl");
  if (!history) {
    return tl::unexpected(history.error());
  }
  ReportContext context;
  context.title = fmt::format("{} {}: {}", options.name, options.version, name_of(options.task));
  context.subtitle = data.tests.empty() ? std::string("no map was left to score on")
                                        : fmt::format("scored on {} maps it was not trained on",
                                                      joined(data.tests).maps);
  context.command = options.command_line;
  const InversionOptions& inversion = options.inversion;
  context.facts = {{"preset", std::string(preset_name(options.preset))},
                   {"method", std::string(to_string(method_of(options)))},
                   {"misfit", std::string(to_string(inversion.misfit))},
                   {"share of the training samples", percent_text(inversion.share)},
                   {"weights", fmt::format("{} of the run", to_string(inversion.selection))},
                   {"samples a step", std::to_string(options.batch_windows)},
                   {"seed", std::to_string(options.seed)},
                   {"precision", options.bfloat16 ? "bfloat16" : "float32"}};
  context.data = description;
  context.history = std::move(*history);
  const auto report = inversion_report(context, data);
  if (!report) {
    return tl::unexpected(report.error());
  }
  return write_html(run_directory / "report.html", *report);
}

}  // namespace geod::trainer
