#include "trainer/svg_traces.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "trainer/svg_axis.hpp"
#include "trainer/svg_canvas.hpp"

namespace geod::trainer {
namespace {

// Pixels.
constexpr double kLeft = 30.0;
constexpr double kRight = 10.0;
constexpr double kHead = 40.0;
constexpr double kLane = 15.0;
constexpr double kRow = 52.0;
constexpr double kScoreRow = 64.0;
constexpr double kFoot = 38.0;
constexpr std::size_t kLanes = 3;

/// Least and greatest value of each pixel column, in the order in which they come: what a long
/// trace looks like, in twice as many points as there are columns.
std::vector<SvgPoint> thinned(std::span<const float> values, double from_px, double to_px) {
  std::vector<SvgPoint> out;
  const auto columns = static_cast<std::size_t>(to_px - from_px);
  const std::size_t count = values.size();
  const auto x = [&](std::size_t i) {
    return from_px + (to_px - from_px) * static_cast<double>(i) /
                         static_cast<double>(std::max<std::size_t>(1, count - 1));
  };
  if (count <= 2 * columns) {
    for (std::size_t i = 0; i < count; ++i) {
      out.push_back({x(i), values[i]});
    }
    return out;
  }
  for (std::size_t c = 0; c < columns; ++c) {
    const std::size_t begin = c * count / columns;
    const std::size_t end = (c + 1) * count / columns;
    const auto [low, high] =
        std::minmax_element(values.begin() + static_cast<std::ptrdiff_t>(begin),
                            values.begin() + static_cast<std::ptrdiff_t>(end));
    const auto [first, second] = std::minmax(low, high);
    out.push_back({x(begin), *first});
    out.push_back({x(begin), *second});
  }
  return out;
}

/// A lane for each mark, so that names of one lane do not touch; marks that find none are not
/// named.
std::vector<std::size_t> lanes_of(const std::vector<TraceMark>& marks,
                                  TraceMark::Kind kind,
                                  const SvgAxis& axis) {
  std::vector<std::size_t> order(marks.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::ranges::sort(order, {}, [&](std::size_t i) { return marks[i].time_s; });
  std::vector<std::size_t> lanes(marks.size(), kLanes);
  std::vector<double> taken_to(kLanes, -1e9);
  for (const std::size_t i : order) {
    if (marks[i].kind != kind) {
      continue;
    }
    const double half = text_width(marks[i].text) / 2.0 + 2.0;
    const double x = axis.pixel(marks[i].time_s);
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      if (taken_to[lane] <= x - half) {
        taken_to[lane] = x + half;
        lanes[i] = lane;
        break;
      }
    }
  }
  return lanes;
}

std::size_t lanes_used(const std::vector<std::size_t>& lanes) {
  std::size_t used = 0;
  for (const std::size_t lane : lanes) {
    used = lane < kLanes ? std::max(used, lane + 1) : used;
  }
  return used;
}

class TracesDrawing {
 public:
  explicit TracesDrawing(const TracesPlot& plot)
      : plot_(plot),
        time_({"", false, 0.0, std::max(plot.seconds, 1e-6)}, 0.0, plot.seconds),
        canvas_(0.0, 0.0, "") {
    time_.place(kLeft, plot.width - kRight);
    label_lanes_ = lanes_of(plot.marks, TraceMark::Kind::kLabel, time_);
    pick_lanes_ = lanes_of(plot.marks, TraceMark::Kind::kPick, time_);
    rows_top_ = kHead + kLane * static_cast<double>(lanes_used(label_lanes_)) + 4.0;
    rows_bottom_ = rows_top_ + kRow * static_cast<double>(plot.components.size()) +
                   (plot.scores.empty() ? 0.0 : kScoreRow);
    axis_y_ = rows_bottom_ + kLane * static_cast<double>(lanes_used(pick_lanes_)) + 4.0;
    canvas_ = SvgCanvas(plot.width, axis_y_ + kFoot, plot.title + ". " + plot.subtitle);
  }

  std::string draw() {
    canvas_.text({0.0, 15.0}, Anchor::kStart, "title", fitted(plot_.title, plot_.width));
    canvas_.text({0.0, 32.0}, Anchor::kStart, "tick", fitted(plot_.subtitle, plot_.width));
    draw_axis();
    double y = rows_top_;
    for (const TraceRow& row : plot_.components) {
      draw_component(row, y);
      y += kRow;
    }
    if (!plot_.scores.empty()) {
      draw_scores(y);
    }
    for (std::size_t i = 0; i < plot_.marks.size(); ++i) {
      draw_mark(plot_.marks[i], label_lanes_[i], pick_lanes_[i]);
    }
    return canvas_.finish();
  }

 private:
  void draw_axis() {
    for (const AxisTick& tick : time_.ticks(10)) {
      const double x = time_.pixel(tick.value);
      canvas_.line({x, rows_top_}, {x, rows_bottom_}, "grid");
      canvas_.text({x, axis_y_ + 13.0}, Anchor::kMiddle, "tick", tick.text);
    }
    canvas_.text({(kLeft + plot_.width - kRight) / 2.0, axis_y_ + 30.0},
                 Anchor::kMiddle,
                 "label",
                 "time (s)");
  }

  void draw_component(const TraceRow& row, double top) {
    const double middle = top + kRow / 2.0;
    canvas_.text({0.0, middle + 4.0}, Anchor::kStart, "label", row.name);
    float largest = 0.0F;
    for (const float value : row.values) {
      largest = std::max(largest, std::abs(value));
    }
    const double scale = largest > 0.0F ? (kRow / 2.0 - 3.0) / largest : 0.0;
    std::vector<SvgPoint> points = thinned(row.values, kLeft, plot_.width - kRight);
    for (SvgPoint& point : points) {
      point.y = middle - scale * point.y;
    }
    canvas_.polyline(points, "trace");
  }

  void draw_scores(double top) {
    const double bottom = top + kScoreRow - 4.0;
    const double height = kScoreRow - 10.0;
    canvas_.line({kLeft, bottom}, {plot_.width - kRight, bottom}, "axis");
    for (const double threshold : plot_.thresholds) {
      const double y = bottom - threshold * height;
      canvas_.line({kLeft, y}, {plot_.width - kRight, y}, "line reference");
    }
    canvas_.text({0.0, bottom - height + 8.0}, Anchor::kStart, "tick", "1");
    canvas_.text({0.0, bottom}, Anchor::kStart, "tick", "0");
    for (std::size_t i = 0; i < plot_.scores.size(); ++i) {
      std::vector<SvgPoint> points = thinned(plot_.scores[i].values, kLeft, plot_.width - kRight);
      for (SvgPoint& point : points) {
        point.y = bottom - std::clamp(point.y, 0.0, 1.0) * height;
      }
      canvas_.polyline(points, i == 0 ? "score phase-p" : "score phase-s");
    }
  }

  void draw_mark(const TraceMark& mark, std::size_t label_lane, std::size_t pick_lane) {
    if (!time_.contains(mark.time_s)) {
      return;
    }
    const bool label = mark.kind == TraceMark::Kind::kLabel;
    const double x = time_.pixel(mark.time_s);
    const std::string phase = mark.is_s ? " phase-s" : " phase-p";
    canvas_.line({x, rows_top_}, {x, rows_bottom_}, (label ? "mark" : "mark picked") + phase);
    const std::size_t lane = label ? label_lane : pick_lane;
    if (lane < kLanes) {
      const double offset = kLane * static_cast<double>(lane);
      const double y = label ? rows_top_ - 4.0 - offset : rows_bottom_ + 12.0 + offset;
      canvas_.text({x, y}, Anchor::kMiddle, "name" + phase, mark.text);
    }
  }

  const TracesPlot& plot_;
  SvgAxis time_;
  SvgCanvas canvas_;
  std::vector<std::size_t> label_lanes_;
  std::vector<std::size_t> pick_lanes_;
  double rows_top_ = 0.0;
  double rows_bottom_ = 0.0;
  double axis_y_ = 0.0;
};

}  // namespace

std::string to_svg(const TracesPlot& plot) {
  return TracesDrawing(plot).draw();
}

}  // namespace geod::trainer
