#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "trainer/svg_plot.hpp"

namespace geod::trainer {
namespace {

// Pixels.
constexpr double kCellWidth = 104.0;
constexpr double kCellHeight = 52.0;
constexpr double kTop = 74.0;
/// Shade of a cell that is none of its row, and what a whole row adds.
constexpr double kLeastShade = 0.06;
constexpr double kShadeSpan = 0.84;
/// From this share on the text of a cell stands on a dark ground.
constexpr double kDarkFrom = 0.55;

void draw_cell(SvgCanvas& canvas, SvgPoint corner, std::int64_t count, std::int64_t row_total) {
  const double share =
      row_total > 0 ? static_cast<double>(count) / static_cast<double>(row_total) : 0.0;
  canvas.rect(
      corner, kCellWidth - 2.0, kCellHeight - 2.0, "bar s0", kLeastShade + kShadeSpan * share);
  const bool dark = share >= kDarkFrom;
  const double middle = corner.x + kCellWidth / 2.0 - 1.0;
  canvas.text({middle, corner.y + 23.0},
              Anchor::kMiddle,
              dark ? "count on-dark" : "count",
              fmt::format("{}", count));
  canvas.text({middle, corner.y + 41.0},
              Anchor::kMiddle,
              dark ? "tick on-dark" : "tick",
              row_total > 0 ? fmt::format("{:.1f} %", 100.0 * share) : "-");
}

}  // namespace

std::string to_svg(const MatrixPlot& plot) {
  GEOD_CHECK(plot.counts.size() == plot.rows.size(), "a name for every row");
  double left = 0.0;
  for (const std::string& row : plot.rows) {
    left = std::max(left, text_width(row));
  }
  left += 34.0;
  const double columns = static_cast<double>(plot.columns.size());
  const double rows = static_cast<double>(plot.rows.size());
  SvgCanvas canvas(left + columns * kCellWidth, kTop + rows * kCellHeight, plot.title);
  canvas.text({0.0, 17.0}, Anchor::kStart, "title", plot.title);
  canvas.text(
      {left + columns * kCellWidth / 2.0, 42.0}, Anchor::kMiddle, "label", plot.column_label);
  canvas.upward_text({13.0, kTop + rows * kCellHeight / 2.0}, "label", plot.row_label);
  for (std::size_t c = 0; c < plot.columns.size(); ++c) {
    canvas.text({left + (static_cast<double>(c) + 0.5) * kCellWidth, kTop - 9.0},
                Anchor::kMiddle,
                "label",
                plot.columns[c]);
  }
  for (std::size_t r = 0; r < plot.rows.size(); ++r) {
    GEOD_CHECK(plot.counts[r].size() == plot.columns.size(), "a count for every column");
    const double y = kTop + static_cast<double>(r) * kCellHeight;
    canvas.text({left - 8.0, y + kCellHeight / 2.0 + 3.0}, Anchor::kEnd, "label", plot.rows[r]);
    std::int64_t total = 0;
    for (const std::int64_t count : plot.counts[r]) {
      total += std::max<std::int64_t>(0, count);
    }
    for (std::size_t c = 0; c < plot.columns.size(); ++c) {
      if (plot.counts[r][c] >= 0) {
        draw_cell(
            canvas, {left + static_cast<double>(c) * kCellWidth, y}, plot.counts[r][c], total);
      }
    }
  }
  return canvas.finish();
}

}  // namespace geod::trainer
