#include "daemon/event_map_legend.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace geod {
namespace {

using trainer::Anchor;
using trainer::SvgCanvas;
using trainer::SvgPoint;

// Pixels.
constexpr double kRow = 19.0;
constexpr double kHeading = 22.0;
constexpr double kBetween = 14.0;
constexpr double kSwatchWidth = 26.0;
constexpr double kSwatchHeight = 15.0;
constexpr double kTextAt = 40.0;
constexpr double kHalfText = 4.0;
constexpr double kTriangle = 6.0;
constexpr double kCross = 3.2;

constexpr std::size_t kCrowd = 2000;

class Legend {
 public:
  Legend(SvgCanvas& canvas, SvgPoint corner) : canvas_(canvas), corner_(corner), y_(corner.y) {}

  void heading(const std::string& text) {
    y_ += y_ > corner_.y ? kBetween : 0.0;
    canvas_.text({corner_.x, y_ + 12.0}, Anchor::kStart, "heading", text);
    y_ += kHeading;
  }
  /// The middle of the symbol of a row that is `height` high and says `text`.
  SvgPoint row(double height, const std::string& text) {
    const double middle = y_ + 0.5 * height;
    const double text_at = std::max(kTextAt, height + 6.0);
    canvas_.text({corner_.x + text_at, middle + kHalfText}, Anchor::kStart, "label", text);
    y_ += height;
    return {corner_.x + 0.5 * std::max(kSwatchWidth, height), middle};
  }
  SvgCanvas& canvas() { return canvas_; }

 private:
  SvgCanvas& canvas_;
  SvgPoint corner_;
  double y_;
};

void draw_depths(Legend& legend, const EventMap& map, const DepthScale& depths) {
  legend.heading("Depth, km");
  for (std::size_t i = 0; i < depths.classes(); ++i) {
    const SvgPoint at = legend.row(kSwatchHeight, depths.label(i));
    legend.canvas().rect({at.x - 0.5 * kSwatchWidth, at.y - 0.5 * kSwatchHeight},
                         kSwatchWidth,
                         kSwatchHeight,
                         fmt::format("d{}", i));
  }
  const bool some_without = std::any_of(map.events.begin(), map.events.end(), [](const auto& each) {
    return !each.depth_km.has_value();
  });
  if (some_without) {
    legend.canvas().circle(legend.row(kRow, "not known"), 5.0, "event nodepth");
  }
}

void draw_magnitudes(Legend& legend, const EventMap& map) {
  std::vector<double> values;
  for (const DrawnEvent& event : map.events) {
    if (event.magnitude) {
      values.push_back(*event.magnitude);
    }
  }
  legend.heading("Magnitude");
  if (!values.empty()) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const int first = static_cast<int>(std::floor(*low));
    const int last = std::max(first, static_cast<int>(std::floor(*high)));
    const int step = last - first >= 6 ? 2 : 1;
    for (int magnitude = first; magnitude <= last; magnitude += step) {
      const double radius = magnitude_radius_px(magnitude, map.events.size());
      const SvgPoint at = legend.row(std::max(kRow, 2.0 * radius + 4.0), std::to_string(magnitude));
      legend.canvas().circle(at, radius, "event sample");
    }
  }
  if (values.size() < map.events.size()) {
    draw_cross(legend.canvas(), legend.row(kRow, "not known"), "cross");
  }
}

void draw_symbols(Legend& legend, const EventMap& map) {
  const bool some_reviewed = std::any_of(
      map.events.begin(), map.events.end(), [](const auto& each) { return each.is_reviewed; });
  legend.heading("Symbols");
  if (some_reviewed) {
    legend.canvas().circle(legend.row(kRow, "reviewed"), 5.0, "event sample reviewed");
  }
  const bool some_ellipses = std::any_of(map.events.begin(),
                                         map.events.end(),
                                         [](const auto& each) { return each.ellipse.has_value(); });
  if (some_ellipses && map.events.size() <= kMostEllipses) {
    const SvgPoint at = legend.row(kRow, "68 % error ellipse");
    std::array<SvgPoint, 33> points;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double angle = static_cast<double>(i) * 2.0 * std::acos(-1.0) / 32.0;
      points[i] = {at.x + 12.0 * std::cos(angle), at.y + 6.0 * std::sin(angle)};
    }
    legend.canvas().polyline(points, "ellipse");
  }
  if (!map.stations.empty()) {
    draw_station_symbol(legend.canvas(), legend.row(kRow, "station"));
  }
  if (!map.fibres.empty()) {
    const SvgPoint at = legend.row(kRow, "fibre");
    legend.canvas().line({at.x - 12.0, at.y}, {at.x + 12.0, at.y}, "fibre");
  }
}

}  // namespace

std::string map_style(const DepthScale& depths, std::size_t events) {
  std::string css =
      "svg{background:#fff;font:12px system-ui,'DejaVu Sans',sans-serif}"
      ".title{font-size:15px;font-weight:600;fill:#1b2230}"
      ".heading{font-weight:600;fill:#1b2230}"
      ".label,.tick{fill:#47505e}.tick{font-size:11px}"
      ".land{fill:#fbfbf9}.grid{stroke:#d9dce2;stroke-width:.8}"
      ".frame{fill:none;stroke:#2a3140;stroke-width:1.2}"
      ".cross{fill:none;stroke:#333;stroke-width:1.3}"
      ".nodepth{fill:none}.sample{fill:#e9e9ea}"
      ".ellipse{fill:none;stroke:#3a4252;stroke-width:.8;stroke-opacity:.75}"
      ".station{fill:#fff;stroke:#0b5394;stroke-width:1.4}"
      ".name{font-size:10.5px;fill:#0b3d6e;stroke:#fff;stroke-width:2.5px;paint-order:stroke}"
      ".fibre{fill:none;stroke:#0b7a43;stroke-width:2.2}"
      ".bar{fill:#2a3140;stroke:#2a3140}.gap{fill:#fff;stroke:#2a3140}"
      ".plate{fill:#fff;opacity:.85}";
  css += fmt::format(".event{{stroke:#222;stroke-width:{};fill-opacity:.88}}",
                     events > kCrowd ? ".3" : ".7");
  css += ".reviewed{stroke:#000;stroke-width:1.8}";
  for (std::size_t i = 0; i < depths.classes(); ++i) {
    css += fmt::format(".d{}{{fill:{}}}", i, depths.colour(i));
    css += fmt::format(".cross.d{}{{fill:none;stroke:{}}}", i, depths.colour(i));
  }
  return css;
}

void draw_station_symbol(SvgCanvas& canvas, SvgPoint centre) {
  const std::array<SvgPoint, 3> corners{
      {{centre.x, centre.y - kTriangle},
       {centre.x + 0.95 * kTriangle, centre.y + 0.7 * kTriangle},
       {centre.x - 0.95 * kTriangle, centre.y + 0.7 * kTriangle}}};
  canvas.polygon(corners, "station");
}

void draw_cross(SvgCanvas& canvas, SvgPoint centre, const std::string& css_class) {
  canvas.path(fmt::format("M{0:.1f} {1:.1f}l{2} {2}m0 -{2}l-{2} {2}",
                          centre.x - kCross,
                          centre.y - kCross,
                          2.0 * kCross),
              css_class);
}

void draw_map_legend(SvgCanvas& canvas,
                     SvgPoint corner,
                     const EventMap& map,
                     const DepthScale& depths) {
  Legend legend(canvas, corner);
  if (!map.events.empty()) {
    draw_depths(legend, map, depths);
    draw_magnitudes(legend, map);
  }
  draw_symbols(legend, map);
}

}  // namespace geod
