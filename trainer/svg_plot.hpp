#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/svg_axis.hpp"
#include "trainer/svg_canvas.hpp"

namespace geod::trainer {

/// Points (x, y) that are drawn alike. A point that is not finite interrupts the line.
struct PlotSeries {
  enum class Style : std::uint8_t {
    kLine,
    kPoints,
    kLineAndPoints,
    kReference,  ///< thin, dashed, grey: what the data are to be compared with
  };
  std::string name;
  std::vector<SvgPoint> points;
  Style style = Style::kLine;
  std::vector<double> errors{};      ///< half length of a vertical bar at each point; may be empty
  std::vector<std::string> hints{};  ///< shown when the pointer rests on a point; may be empty
};

/// Series over two axes: learning curves, calibration, prediction against target.
struct XyPlot {
  std::string title;
  PlotAxis x;
  PlotAxis y;
  std::vector<PlotSeries> series;  ///< the first six that are no references get a colour each
  double width = 460.0;
  double height = 280.0;
};
std::string to_svg(const XyPlot& plot);

/// Counts of values over bins of equal width.
struct HistogramPlot {
  std::string title;
  PlotAxis x;  ///< `from` and `to` are required
  int bins = 41;
  struct Group {
    std::string name;
    std::vector<double> values;
  };
  std::vector<Group> groups;  ///< drawn over each other
  double width = 460.0;
  double height = 280.0;
};
/// Values outside the axis are counted in a line of text, never drawn at its ends.
std::string to_svg(const HistogramPlot& plot);

/// Counts by row and column: a confusion matrix.
struct MatrixPlot {
  std::string title;
  std::string row_label;  ///< of what stands at the left
  std::string column_label;
  std::vector<std::string> rows;
  std::vector<std::string> columns;
  std::vector<std::vector<std::int64_t>> counts;  ///< [rows][columns]; negative: no such cell
};
/// Every cell with its count and its share of the row, which is also its shade.
std::string to_svg(const MatrixPlot& plot);

}  // namespace geod::trainer
