#pragma once

#include <string>
#include <vector>

#include "trainer/svg_axis.hpp"
#include "trainer/svg_canvas.hpp"

namespace geod::trainer {

/// An entry of a legend: a name and the class of its sample.
struct LegendEntry {
  std::string name;
  std::string css_class;
  bool is_area = false;  ///< a filled square instead of a line
};

/// What stands around the data of a plot, and where the data go.
struct FrameText {
  std::string title;
  std::vector<LegendEntry> legend;   ///< nothing is drawn for fewer than two
  std::vector<std::string> lines{};  ///< under the title
  double right_px = 0.0;             ///< left free at the right of the axes
};

/// Title, legend, grid, ticks and labels of two axes, laid out so that none covers another or the
/// data. The axes are placed on the area that is left.
class SvgFrame {
 public:
  SvgFrame(double width, double height, FrameText text, const PlotAxis& x, const PlotAxis& y);

  /// Draws all of it and places `x_axis` and `y_axis` on the area for the data.
  void draw(SvgAxis& x_axis, SvgAxis& y_axis);
  /// Instead of data.
  void draw_nothing(std::string_view reason);

  SvgCanvas& canvas() { return canvas_; }
  SvgPoint top_left() const { return top_left_; }
  SvgPoint bottom_right() const { return bottom_right_; }

 private:
  void draw_head();
  void draw_x_ticks(const SvgAxis& axis);

  SvgCanvas canvas_;
  FrameText text_;
  std::string x_label_;
  std::string y_label_;
  SvgPoint top_left_;
  SvgPoint bottom_right_;
};

}  // namespace geod::trainer
