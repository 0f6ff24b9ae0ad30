#include "trainer/svg_frame.hpp"

#include <algorithm>
#include <utility>

namespace geod::trainer {
namespace {

// Pixels.
constexpr double kTitleBaseline = 17.0;
constexpr double kTitleHeight = 28.0;
constexpr double kLine = 17.0;
constexpr double kLegendRow = 18.0;
constexpr double kSample = 18.0;
constexpr double kLegendSpace = 14.0;
constexpr double kRight = 16.0;
constexpr double kTickText = 18.0;
constexpr double kLabel = 20.0;
constexpr double kBetweenTicks = 14.0;
constexpr double kTickEveryPx = 36.0;
/// From the middle of a line of text to its baseline.
constexpr double kHalfText = 4.0;

}  // namespace

SvgFrame::SvgFrame(
    double width, double height, FrameText text, const PlotAxis& x, const PlotAxis& y)
    : canvas_(width, height, text.title),
      text_(std::move(text)),
      x_label_(x.label),
      y_label_(y.label),
      top_left_{0.0, kTitleHeight},
      bottom_right_{width - kRight - text_.right_px, height - kTickText - kLabel} {}

void SvgFrame::draw_head() {
  canvas_.text({0.0, kTitleBaseline}, Anchor::kStart, "title", text_.title);
  for (const std::string& line : text_.lines) {
    canvas_.text({0.0, top_left_.y + kLine - 6.0}, Anchor::kStart, "label", line);
    top_left_.y += kLine;
  }
  if (text_.legend.size() < 2) {
    return;
  }
  double x = 0.0;
  for (const LegendEntry& entry : text_.legend) {
    const double wide = kSample + 6.0 + text_width(entry.name) + kLegendSpace;
    if (x > 0.0 && x + wide > canvas_.width()) {
      x = 0.0;
      top_left_.y += kLegendRow;
    }
    const double middle = top_left_.y + kLegendRow / 2.0 - 2.0;
    if (entry.is_area) {
      canvas_.rect({x + 4.0, middle - 5.0}, 10.0, 10.0, entry.css_class);
    } else {
      canvas_.line({x, middle}, {x + kSample, middle}, entry.css_class);
    }
    canvas_.text({x + kSample + 6.0, middle + kHalfText}, Anchor::kStart, "label", entry.name);
    x += wide;
  }
  top_left_.y += kLegendRow + 6.0;
}

void SvgFrame::draw_x_ticks(const SvgAxis& axis) {
  const double available = bottom_right_.x - top_left_.x;
  std::vector<AxisTick> ticks;
  for (int most = 12; most >= 1; --most) {
    ticks = axis.ticks(most);
    double needed = 0.0;
    for (const AxisTick& tick : ticks) {
      needed = std::max(needed, text_width(tick.text) + kBetweenTicks);
    }
    if (needed * static_cast<double>(ticks.size()) <= available) {
      break;
    }
  }
  for (const AxisTick& tick : ticks) {
    const double x = axis.pixel(tick.value);
    canvas_.line({x, top_left_.y}, {x, bottom_right_.y}, "grid");
    canvas_.text({x, bottom_right_.y + kTickText - 2.0}, Anchor::kMiddle, "tick", tick.text);
  }
}

void SvgFrame::draw(SvgAxis& x_axis, SvgAxis& y_axis) {
  draw_head();
  const auto rows = static_cast<int>((bottom_right_.y - top_left_.y) / kTickEveryPx);
  const std::vector<AxisTick> y_ticks = y_axis.ticks(std::max(2, rows));
  double widest = 0.0;
  for (const AxisTick& tick : y_ticks) {
    widest = std::max(widest, text_width(tick.text));
  }
  top_left_.x = kLabel + widest + 6.0;
  y_axis.place(bottom_right_.y, top_left_.y);
  x_axis.place(top_left_.x, bottom_right_.x);
  for (const AxisTick& tick : y_ticks) {
    const double y = y_axis.pixel(tick.value);
    canvas_.line({top_left_.x, y}, {bottom_right_.x, y}, "grid");
    canvas_.text({top_left_.x - 6.0, y + kHalfText}, Anchor::kEnd, "tick", tick.text);
  }
  draw_x_ticks(x_axis);
  canvas_.line({top_left_.x, bottom_right_.y}, bottom_right_, "axis");
  canvas_.text({(top_left_.x + bottom_right_.x) / 2.0, canvas_.height() - 5.0},
               Anchor::kMiddle,
               "label",
               x_label_);
  canvas_.upward_text({13.0, (top_left_.y + bottom_right_.y) / 2.0}, "label", y_label_);
}

void SvgFrame::draw_nothing(std::string_view reason) {
  draw_head();
  canvas_.text({canvas_.width() / 2.0, canvas_.height() / 2.0}, Anchor::kMiddle, "label", reason);
}

}  // namespace geod::trainer
