#include "trainer/svg_plot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "core/error.hpp"
#include "trainer/svg_frame.hpp"

namespace geod::trainer {
namespace {

constexpr std::size_t kColours = 6;
/// More points than this on a line cannot be told apart at the sizes used here.
constexpr std::size_t kMostLinePoints = 1000;

/// Least and greatest of finite numbers.
struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    if (std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  bool empty() const { return low > high; }
};

bool is_finite(const SvgPoint& point) {
  return std::isfinite(point.x) && std::isfinite(point.y);
}

bool is_reference(const PlotSeries& series) {
  return series.style == PlotSeries::Style::kReference;
}

/// Class of each series: "reference", or "s0", "s1", ...
std::vector<std::string> classes_of(const std::vector<PlotSeries>& all) {
  std::vector<std::string> classes;
  std::size_t colour = 0;
  for (const PlotSeries& series : all) {
    classes.push_back(is_reference(series) ? "reference" : fmt::format("s{}", colour++ % kColours));
  }
  return classes;
}

class XyDrawing {
 public:
  XyDrawing(SvgFrame& frame, const SvgAxis& x, const SvgAxis& y)
      : canvas_(frame.canvas()), x_(x), y_(y) {}

  void draw(const PlotSeries& series, const std::string& css_class) {
    using Style = PlotSeries::Style;
    if (series.style != Style::kPoints) {
      draw_line(series.points, "line " + css_class);
    }
    for (std::size_t i = 0; i < series.errors.size(); ++i) {
      const SvgPoint& at = series.points[i];
      if (is_drawable(at) && std::isfinite(series.errors[i])) {
        const double x = x_.pixel(at.x);
        canvas_.line({x, clamped_y(at.y - series.errors[i])},
                     {x, clamped_y(at.y + series.errors[i])},
                     "line " + css_class);
      }
    }
    if (series.style == Style::kPoints || series.style == Style::kLineAndPoints) {
      const double radius = series.points.size() > 200 ? 1.8 : 3.2;
      for (std::size_t i = 0; i < series.points.size(); ++i) {
        const SvgPoint& at = series.points[i];
        if (is_drawable(at)) {
          canvas_.circle({x_.pixel(at.x), y_.pixel(at.y)},
                         radius,
                         "point " + css_class,
                         i < series.hints.size() ? series.hints[i] : std::string());
        }
      }
    }
  }

 private:
  bool is_drawable(const SvgPoint& at) const {
    return is_finite(at) && x_.contains(at.x) && y_.contains(at.y);
  }
  double clamped_y(double value) const { return y_.pixel(std::clamp(value, y_.low(), y_.high())); }
  void draw_line(const std::vector<SvgPoint>& points, const std::string& css_class) {
    const std::size_t stride = std::max<std::size_t>(1, points.size() / kMostLinePoints);
    std::vector<SvgPoint> piece;
    for (std::size_t i = 0; i < points.size(); i += stride) {
      const SvgPoint& at = points[i];
      if (!is_drawable(at)) {
        canvas_.polyline(piece, css_class);
        piece.clear();
        continue;
      }
      piece.push_back({x_.pixel(at.x), y_.pixel(at.y)});
    }
    canvas_.polyline(piece, css_class);
  }

  SvgCanvas& canvas_;
  const SvgAxis& x_;
  const SvgAxis& y_;
};

}  // namespace

std::string to_svg(const XyPlot& plot) {
  const std::vector<std::string> classes = classes_of(plot.series);
  FrameText text{plot.title, {}};
  Extent x_extent;
  Extent y_extent;
  bool has_data = false;
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    text.legend.push_back({plot.series[i].name, "line " + classes[i], false});
    for (std::size_t k = 0; k < plot.series[i].points.size(); ++k) {
      const SvgPoint& at = plot.series[i].points[k];
      if (!is_finite(at) || (plot.y.logarithmic && at.y <= 0.0)) {
        continue;
      }
      has_data = has_data || !is_reference(plot.series[i]);
      const double error = k < plot.series[i].errors.size() ? plot.series[i].errors[k] : 0.0;
      x_extent.add(at.x);
      y_extent.add(at.y - error);
      y_extent.add(at.y + error);
    }
  }
  SvgFrame frame(plot.width, plot.height, std::move(text), plot.x, plot.y);
  if (!has_data) {
    frame.draw_nothing("nothing to show");
    return frame.canvas().finish();
  }
  SvgAxis x_axis(plot.x, x_extent.low, x_extent.high);
  SvgAxis y_axis(plot.y, y_extent.low, y_extent.high);
  frame.draw(x_axis, y_axis);
  XyDrawing drawing(frame, x_axis, y_axis);
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    drawing.draw(plot.series[i], classes[i]);
  }
  return frame.canvas().finish();
}

std::string to_svg(const HistogramPlot& plot) {
  GEOD_CHECK(plot.x.from && plot.x.to && *plot.x.to > *plot.x.from && plot.bins > 0,
             "a histogram has a fixed axis");
  const double from = *plot.x.from;
  const double wide = (*plot.x.to - from) / plot.bins;
  std::vector<std::vector<std::int64_t>> counts;
  std::int64_t outside = 0;
  std::int64_t most = 0;
  FrameText text{plot.title, {}};
  for (std::size_t g = 0; g < plot.groups.size(); ++g) {
    counts.emplace_back(static_cast<std::size_t>(plot.bins), 0);
    for (const double value : plot.groups[g].values) {
      const double at = std::floor((value - from) / wide);
      if (at >= 0.0 && at < plot.bins) {
        most = std::max(most, ++counts.back()[static_cast<std::size_t>(at)]);
      } else {
        ++outside;
      }
    }
    text.legend.push_back({plot.groups[g].name, fmt::format("bar s{}", g % kColours), true});
  }
  const PlotAxis y{"count", false, 0.0, std::max(1.0, 1.05 * static_cast<double>(most))};
  SvgFrame frame(plot.width, plot.height, std::move(text), plot.x, y);
  if (most == 0 && outside == 0) {
    frame.draw_nothing("nothing to show");
    return frame.canvas().finish();
  }
  SvgAxis x_axis(plot.x, from, *plot.x.to);
  SvgAxis y_axis(y, 0.0, 1.0);
  frame.draw(x_axis, y_axis);
  for (std::size_t g = 0; g < counts.size(); ++g) {
    for (std::size_t i = 0; i < counts[g].size(); ++i) {
      if (counts[g][i] == 0) {
        continue;
      }
      const double left = x_axis.pixel(from + wide * static_cast<double>(i));
      const double right = x_axis.pixel(from + wide * static_cast<double>(i + 1));
      const double top = y_axis.pixel(static_cast<double>(counts[g][i]));
      frame.canvas().rect({left, top},
                          right - left,
                          frame.bottom_right().y - top,
                          fmt::format("bar s{}", g % kColours),
                          counts.size() > 1 ? 0.6 : 0.85,
                          fmt::format("{:.3g} to {:.3g}: {}",
                                      from + wide * static_cast<double>(i),
                                      from + wide * static_cast<double>(i + 1),
                                      counts[g][i]));
    }
  }
  if (outside > 0) {
    frame.canvas().text(
        {plot.width, 17.0}, Anchor::kEnd, "tick", fmt::format("{} outside the axis", outside));
  }
  return frame.canvas().finish();
}

}  // namespace geod::trainer
