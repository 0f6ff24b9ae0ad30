#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "trainer/html_report.hpp"
#include "trainer/report_sections.hpp"
#include "trainer/train_options.hpp"
#include "trainer/velocity_picture.hpp"

namespace geod::trainer {

/// What a report of task fwi shows.
struct InversionReportData {
  std::vector<InversionTest> tests;
  InversionGallery gallery{{}};
};

/// The published scores on OpenFWI's sets of `tests` (networks trained on the same set) beside
/// those here. Empty rows where none of them is published.
ReportTable published_inversion_table(std::span<const InversionTest> tests);

/// Scores, published ones where there are any, maps (true, predicted, difference), learning curves
/// where `context` has a history. Errors of encode_png.
Result<HtmlReport> inversion_report(const ReportContext& context, const InversionReportData& data);

/// Writes `run_directory`/report.html of a run. Errors of files.
Result<void> write_inversion_run_report(const TrainOptions& options,
                                        const DatasetDescription& description,
                                        const InversionReportData& data,
                                        const std::filesystem::path& run_directory);

}  // namespace geod::trainer
