#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace geod::trainer {

/// A number worth a glance, at the top of a report.
struct ReportCard {
  std::string label;
  std::string value;
  std::string note;
};

/// Rows of texts; every row as long as the head. Columns from the second on are set right where
/// `numbers` says so.
struct ReportTable {
  std::string caption;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  bool numbers = true;
};

/// A picture with a sentence under it.
struct ReportFigure {
  std::string svg;  ///< of svg_plot or svg_traces, taken as it is: must come from SvgCanvas
  std::string caption;
  std::vector<std::byte> png{};  ///< instead of `svg`: a picture that goes into the page
};

struct ReportSection {
  std::string title;
  std::vector<std::string> paragraphs;
  std::vector<ReportTable> tables;
  std::vector<ReportFigure> figures;
  std::string command;  ///< shown as code; empty: none
};

/// One page that stands alone: no script, nothing loaded from elsewhere, light and dark by the
/// reader's system, printable.
struct HtmlReport {
  std::string title;
  std::string subtitle;
  std::vector<ReportCard> cards;
  std::vector<ReportSection> sections;
};

/// The page, well-formed as XML too. All texts are escaped here.
std::string to_html(const HtmlReport& report);

/// Writes the page whole or not at all (beside, synced, renamed). kIo naming the file.
Result<void> write_html(const std::filesystem::path& path, const HtmlReport& report);

}  // namespace geod::trainer
