#include "trainer/image_report.hpp"

#include <utility>

#include <fmt/format.h>

#include "trainer/image_tasks.hpp"
#include "trainer/svg_plot.hpp"

namespace geod::trainer {
namespace {

std::string upper_name(models::SegmentDecoder decoder) {
  std::string name(to_string(decoder));
  for (char& c : name) {
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

ReportTable class_table(const SegmentScores& scores) {
  const ConfusionMatrix& all = scores.confusion;
  ReportTable table;
  table.caption = "By class, over all pixels";
  table.head = {"class", "pixels", "IoU", "recall", "precision"};
  for (std::size_t k = 0; k < all.classes(); ++k) {
    table.rows.push_back({scores.class_names[k],
                          std::to_string(all.truth_pixels(k)),
                          number_text(all.iou(k), 4),
                          number_text(all.recall(k), 4),
                          number_text(all.precision(k), 4)});
  }
  return table;
}

ReportSection scores_section(const ImageReportData& data) {
  ReportSection section;
  section.title = "Scores";
  section.paragraphs = {
      "mIoU over all pixels counts every pixel once. The published means average over batches, so "
      "that a small last batch weighs as much as a full one, leave classes out that a batch "
      "neither has nor predicts (mIoU), and count classes that it does not have as 0 (mPA). The "
      "paper's numbers are of its own data and splits."};
  section.tables = {published_table(data.task, data.decoder, data.scores),
                    class_table(data.scores)};
  const ConfusionMatrix& all = data.scores.confusion;
  MatrixPlot plot;
  plot.title = "Confusion, pixels";
  plot.row_label = "label";
  plot.column_label = "network";
  plot.rows = data.scores.class_names;
  plot.columns = data.scores.class_names;
  for (std::size_t truth = 0; truth < all.classes(); ++truth) {
    plot.counts.emplace_back();
    for (std::size_t predicted = 0; predicted < all.classes(); ++predicted) {
      plot.counts.back().push_back(all.count(truth, predicted));
    }
  }
  section.figures.push_back({to_svg(plot), ""});
  return section;
}

Result<ReportSection> pictures_section(const char* title,
                                       std::span<const OverlayGallery::Entry> entries) {
  ReportSection section;
  section.title = title;
  section.paragraphs = {"Image, labels, network."};
  for (const OverlayGallery::Entry& entry : entries) {
    auto png = streams::encode_png(entry.picture);
    if (!png) {
      return fail_with(png.error(), entry.name);
    }
    section.figures.push_back(
        {"",
         fmt::format("{}: mIoU {}", entry.name, number_text(entry.mean_iou, 4)),
         std::move(*png)});
  }
  return section;
}

}  // namespace

ReportTable published_table(models::Task task,
                            models::SegmentDecoder decoder,
                            const SegmentScores& scores) {
  ReportTable table;
  table.caption = fmt::format("Guo et al. (2024), table S2, {}, and this network", name_of(task));
  table.head = {"network", "mIoU", "mPA"};
  for (const PublishedScore& row : published_scores(task)) {
    table.rows.push_back(
        {fmt::format(
             "{}{}", upper_name(row.decoder), row.decoder == decoder ? " (the same decoder)" : ""),
         number_text(row.mean_iou, 4),
         number_text(row.mean_accuracy, 4)});
  }
  table.rows.push_back({fmt::format("this one, {}, as published", upper_name(decoder)),
                        number_text(scores.published_iou, 4),
                        number_text(scores.published_accuracy, 4)});
  table.rows.push_back({"the same, over all pixels",
                        number_text(scores.confusion.mean_iou(), 4),
                        number_text(scores.confusion.mean_recall(), 4)});
  return table;
}

std::string published_table_text(models::Task task,
                                 models::SegmentDecoder decoder,
                                 const SegmentScores& scores) {
  const ReportTable table = published_table(task, decoder, scores);
  std::string text = table.caption + "\n";
  const auto add = [&text](const std::vector<std::string>& row) {
    text += fmt::format("{:<32} {:>8} {:>8}\n", row[0], row[1], row[2]);
  };
  add(table.head);
  for (const auto& row : table.rows) {
    add(row);
  }
  return text;
}

Result<HtmlReport> image_report(const ReportContext& context, const ImageReportData& data) {
  HtmlReport report;
  report.title = context.title;
  report.subtitle = context.subtitle;
  const ConfusionMatrix& all = data.scores.confusion;
  report.cards = {
      {"mIoU", number_text(all.mean_iou(), 4), "over all pixels"},
      {"mIoU as published", number_text(data.scores.published_iou, 4), "mean over batches"},
      {"mPA as published", number_text(data.scores.published_accuracy, 4), "mean over batches"},
      {"right pixels", percent_text(all.pixel_accuracy()), ""}};
  report.sections.push_back(scores_section(data));
  for (const auto& [title, entries] :
       {std::pair<const char*, std::span<const OverlayGallery::Entry>>{"The first images",
                                                                       data.overlays.first()},
        {"The images it does worst on", data.overlays.worst()}}) {
    auto section = pictures_section(title, entries);
    if (!section) {
      return tl::unexpected(section.error());
    }
    report.sections.push_back(std::move(*section));
  }
  if (!context.history.empty()) {
    report.sections.push_back(curves_section(context.history));
  }
  report.sections.push_back(provenance_section(context));
  return report;
}

Result<void> write_image_run_report(const TrainOptions& options,
                                    const DatasetDescription& description,
                                    const ImageReportData& data,
                                    const std::filesystem::path& run_directory) {
  auto history = read_metrics(run_directory / "metrics.jsonl");
  if (!history) {
    return tl::unexpected(history.error());
  }
  ReportContext context;
  context.title = fmt::format("{} {}: {}", options.name, options.version, name_of(options.task));
  context.subtitle =
      data.scores.images == 0
          ? std::string("no image was held out")
          : fmt::format("scored on {} images it was not trained on", data.scores.images);
  context.command = options.command_line;
  context.facts = {{"preset",
                    fmt::format("{}{}",
                                preset_name(options.preset),
                                options.image.compat ? ", as the authors' code" : "")},
                   {"method", std::string(to_string(method_of(options)))},
                   {"decoder", std::string(to_string(data.decoder))},
                   {"loss", std::string(to_string(*options.image.loss))},
                   {"images a step", std::to_string(options.batch_windows)},
                   {"seed", std::to_string(options.seed)},
                   {"precision", options.bfloat16 ? "bfloat16" : "float32"}};
  context.data = description;
  context.history = std::move(*history);
  const auto report = image_report(context, data);
  if (!report) {
    return tl::unexpected(report.error());
  }
  return write_html(run_directory / "report.html", *report);
}

}  // namespace geod::trainer
