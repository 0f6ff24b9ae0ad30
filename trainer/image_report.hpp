#pragma once

#include <filesystem>

#include "trainer/html_report.hpp"
#include "trainer/image_overlay.hpp"
#include "trainer/report_sections.hpp"
#include "trainer/segment_scores.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// What a report of an image task shows.
struct ImageReportData {
  models::Task task = models::Task::kDas;
  models::SegmentDecoder decoder = models::SegmentDecoder::kLinear;
  SegmentScores scores;
  OverlayGallery overlays;
};

/// The paper's table S2 for the task, the row of `decoder` marked, with these scores under it.
ReportTable published_table(models::Task task,
                            models::SegmentDecoder decoder,
                            const SegmentScores& scores);
/// The same for a terminal.
std::string published_table_text(models::Task task,
                                 models::SegmentDecoder decoder,
                                 const SegmentScores& scores);

/// Scores beside the paper's, confusion, images with their labels and predictions, learning curves
/// where `context` has a history. Errors of encode_png.
Result<HtmlReport> image_report(const ReportContext& context, const ImageReportData& data);

/// Writes `run_directory`/report.html of a run. Errors of files.
Result<void> write_image_run_report(const TrainOptions& options,
                                    const DatasetDescription& description,
                                    const ImageReportData& data,
                                    const std::filesystem::path& run_directory);

}  // namespace geod::trainer
