#include "daemon/event_section.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "trainer/svg_axis.hpp"
#include "trainer/svg_frame.hpp"

namespace geod {
namespace {

using trainer::Anchor;
using trainer::SvgAxis;
using trainer::SvgCanvas;
using trainer::SvgPoint;

// Pixels.
constexpr double kWidth = 972.0;
constexpr double kHeight = 740.0;
constexpr double kOuterMargin = 14.0;
constexpr double kNames = 138.0;  ///< right of the traces
constexpr double kNameStep = 12.5;
constexpr double kNameAway = 22.0;
constexpr double kMostHalfTrace = 30.0;
constexpr double kLeastHalfTrace = 7.0;
constexpr double kHalfText = 4.0;
constexpr double kTextRoom = 1.15 * kWidth;

constexpr double kMostTraces = 60.0;
/// Of the span of distances, above and below the traces.
constexpr double kMargin = 0.07;
constexpr double kLeastSpanKm = 2.0;

constexpr const char* kStyle =
    "svg{background:#fff;font:12px system-ui,'DejaVu Sans',sans-serif}"
    ".title{font-size:15px;font-weight:600;fill:#1b2230}"
    ".label,.tick{fill:#47505e}.tick{font-size:11px}"
    ".name{font-size:10.5px;fill:#1b2230}"
    ".grid{stroke:#e4e6ea}.axis{stroke:#59616f}"
    ".origin{stroke:#59616f;stroke-dasharray:2 3}"
    ".trace{fill:none;stroke:#30343d;stroke-width:.7;stroke-linejoin:round}"
    ".leader{stroke:#a9afba;stroke-width:.7}"
    ".curve-p,.curve-s{fill:none;stroke-width:1.3;stroke-dasharray:7 4}"
    ".curve-p{stroke:#c1272d}.curve-s{stroke:#1f5fbf}"
    ".pick-p,.pick-s{stroke-width:1.6}.pick-p{stroke:#c1272d}.pick-s{stroke:#1f5fbf}"
    ".reviewed{stroke-width:3.2}";

std::string class_of(const char* what, Phase phase) {
  return fmt::format("{}-{}", what, phase == Phase::kP ? 'p' : 's');
}

std::string place_text(const MapPoint& place) {
  return fmt::format("{:.3f}\u00b0{} {:.3f}\u00b0{}",
                     std::abs(place.latitude_deg),
                     place.latitude_deg < 0.0 ? 'S' : 'N',
                     std::abs(place.longitude_deg),
                     place.longitude_deg < 0.0 ? 'W' : 'E');
}

std::size_t picks_of(const EventSection& section, Phase phase) {
  std::size_t count = 0;
  for (const SectionTrace& trace : section.traces) {
    count += static_cast<std::size_t>(
        std::count_if(trace.picks.begin(), trace.picks.end(), [phase](const SectionPick& pick) {
          return pick.phase == phase;
        }));
  }
  return count;
}

bool has_reviewed_picks(const EventSection& section) {
  return std::any_of(section.traces.begin(), section.traces.end(), [](const SectionTrace& trace) {
    return std::any_of(trace.picks.begin(), trace.picks.end(), [](const SectionPick& pick) {
      return pick.is_reviewed;
    });
  });
}

trainer::FrameText frame_text(const EventSection& section) {
  const DrawnEvent& event = section.event;
  const std::string depth =
      event.depth_km ? fmt::format("depth {:.1f} km", *event.depth_km) : "depth not known";
  trainer::FrameText text{fmt::format("{}, {}, {}, {}",
                                      to_iso(event.time, 2),
                                      place_text(event.epicentre),
                                      depth,
                                      magnitude_text(event)),
                          {},
                          {},
                          kNames};
  text.lines.push_back(fmt::format("{}event {}; {} traces, {} P and {} S picks",
                                   event.is_reviewed ? "reviewed " : "",
                                   event.event_id,
                                   section.traces.size(),
                                   picks_of(section, Phase::kP),
                                   picks_of(section, Phase::kS)));
  text.lines.push_back(section.filter +
                       "; every trace scaled to its own largest amplitude in what is shown");
  text.legend = {{"P pick", "pick-p"}, {"S pick", "pick-s"}};
  if (has_reviewed_picks(section)) {
    text.legend.push_back({"reviewed pick (thick)", "pick-p reviewed"});
  }
  for (const SectionCurve& curve : section.curves) {
    text.legend.push_back({fmt::format("{} of {}", to_string(curve.phase), section.curves_of),
                           class_of("curve", curve.phase)});
  }
  for (std::string& line : text.lines) {
    line = trainer::fitted(line, kTextRoom);
  }
  return text;
}

class SectionPicture {
 public:
  SectionPicture(const EventSection& section, trainer::PlotAxis x, trainer::PlotAxis y)
      : section_(section),
        frame_(kWidth, kHeight, frame_text(section), x, y),
        x_(x, 0.0, 1.0),
        y_(y, 0.0, 1.0) {}

  std::string draw() {
    frame_.canvas().style(kStyle);
    frame_.draw(x_, y_);
    const SvgPoint corner = frame_.top_left();
    const double width = frame_.bottom_right().x - corner.x;
    const double height = frame_.bottom_right().y - corner.y;
    canvas().begin_clip(corner, width, height);
    canvas().line({x_.pixel(0.0), corner.y}, {x_.pixel(0.0), corner.y + height}, "origin");
    const double half = half_trace_px();
    for (const SectionTrace& trace : section_.traces) {
      draw_trace(trace, half);
    }
    draw_curves();
    for (const SectionTrace& trace : section_.traces) {
      draw_picks(trace, half);
    }
    canvas().end_clip();
    draw_names();
    return canvas().finish(kOuterMargin);
  }

 private:
  SvgCanvas& canvas() { return frame_.canvas(); }
  double seconds(Time time) const { return to_seconds(time - section_.event.time); }

  /// Half the height of a trace: what the median distance between two traces leaves, and a little
  /// more, as most of a trace is smaller than its largest amplitude.
  double half_trace_px() const {
    std::vector<double> steps;
    for (std::size_t i = 1; i < section_.traces.size(); ++i) {
      steps.push_back(std::abs(y_.pixel(section_.traces[i].distance_km) -
                               y_.pixel(section_.traces[i - 1].distance_km)));
    }
    if (steps.empty()) {
      return kMostHalfTrace;
    }
    std::sort(steps.begin(), steps.end());
    return std::clamp(0.8 * steps[steps.size() / 2], kLeastHalfTrace, kMostHalfTrace);
  }

  double largest(const SectionTrace& trace) const {
    double most = 0.0;
    for (const Waveform& piece : trace.pieces) {
      for (std::size_t i = 0; i < piece.samples.size(); ++i) {
        const Time at = piece.start + piece.rate.span_of(static_cast<std::int64_t>(i));
        if (x_.contains(seconds(at)) && std::isfinite(piece.samples[i])) {
          most = std::max(most, std::abs(piece.samples[i]));
        }
      }
    }
    return most;
  }

  /// Of every pixel column the first, least, greatest and last sample: as much as can be seen.
  void draw_trace(const SectionTrace& trace, double half) {
    const double most = largest(trace);
    const double middle = y_.pixel(trace.distance_km);
    const double scale = most > 0.0 ? half / most : 0.0;
    for (const Waveform& piece : trace.pieces) {
      std::vector<SvgPoint> points;
      long column = std::numeric_limits<long>::min();
      std::size_t begun = 0;  // points of the column begin here
      for (std::size_t i = 0; i < piece.samples.size(); ++i) {
        const Time at = piece.start + piece.rate.span_of(static_cast<std::int64_t>(i));
        const double after_s = seconds(at);
        if (!x_.contains(after_s) || !std::isfinite(piece.samples[i])) {
          continue;
        }
        const SvgPoint point{x_.pixel(after_s), middle - scale * piece.samples[i]};
        if (std::lround(point.x) != column) {
          column = std::lround(point.x);
          begun = points.size();
        }
        points.push_back(point);
        if (points.size() - begun > 4) {
          thin(points, begun);
        }
      }
      canvas().polyline(points, "trace");
    }
  }

  /// Of the points from `begun` on leaves the first, the extremes in their order, and the last.
  static void thin(std::vector<SvgPoint>& points, std::size_t begun) {
    const auto from = points.begin() + static_cast<std::ptrdiff_t>(begun);
    const auto [low, high] = std::minmax_element(
        from, points.end(), [](const SvgPoint& a, const SvgPoint& b) { return a.y < b.y; });
    const std::vector<SvgPoint> kept{
        *from, low < high ? *low : *high, low < high ? *high : *low, points.back()};
    points.erase(from, points.end());
    points.insert(points.end(), kept.begin(), kept.end());
  }

  void draw_curves() {
    for (const SectionCurve& curve : section_.curves) {
      std::vector<SvgPoint> points;
      for (const SectionCurve::Point& point : curve.points) {
        points.push_back({x_.pixel(point.after_origin_s), y_.pixel(point.distance_km)});
      }
      canvas().polyline(points, class_of("curve", curve.phase));
    }
  }

  void draw_picks(const SectionTrace& trace, double half) {
    const double middle = y_.pixel(trace.distance_km);
    const double reach = std::min(half, 12.0);
    for (const SectionPick& pick : trace.picks) {
      const double x = x_.pixel(seconds(pick.time));
      canvas().line({x, middle - reach},
                    {x, middle + reach},
                    class_of("pick", pick.phase) + (pick.is_reviewed ? " reviewed" : ""));
    }
  }

  /// Names from the farthest trace downwards, pushed apart where traces lie closer than letters.
  void draw_names() {
    const double bottom = frame_.bottom_right().y;
    const double right = frame_.bottom_right().x;
    std::vector<double> at;
    for (const SectionTrace& trace : section_.traces) {
      at.push_back(y_.pixel(trace.distance_km));
    }
    // From the nearest upwards, then back down what went over the top.
    for (std::size_t i = 0; i < at.size(); ++i) {
      at[i] = std::min(at[i], i == 0 ? bottom : at[i - 1] - kNameStep);
    }
    double lowest = frame_.top_left().y;
    for (std::size_t i = at.size(); i-- > 0;) {
      at[i] = std::max(at[i], lowest);
      lowest = at[i] + kNameStep;
    }
    for (std::size_t i = 0; i < at.size(); ++i) {
      const SectionTrace& trace = section_.traces[i];
      canvas().line(
          {right, y_.pixel(trace.distance_km)}, {right + kNameAway - 4.0, at[i]}, "leader");
      canvas().text({right + kNameAway, at[i] + kHalfText},
                    Anchor::kStart,
                    "name",
                    fmt::format("{}  {:.1f} km", trace.name, trace.distance_km));
    }
  }

  const EventSection& section_;
  trainer::SvgFrame frame_;
  SvgAxis x_;
  SvgAxis y_;
};

}  // namespace

std::vector<SectionTrace> spread_out(std::vector<SectionTrace> traces) {
  const double least = traces.empty() ? 0.0 : traces.back().distance_km / kMostTraces;
  std::vector<SectionTrace> kept;
  for (SectionTrace& trace : traces) {
    if (kept.empty() || trace.distance_km - kept.back().distance_km >= least) {
      kept.push_back(std::move(trace));
    }
  }
  return kept;
}

Result<std::string> event_section_svg(const EventSection& section) {
  const Time from = section.event.time - duration_from_seconds(section.before_s);
  const Time to = section.event.time + duration_from_seconds(section.after_s);
  double nearest = std::numeric_limits<double>::max();
  double farthest = 0.0;
  bool has_samples = false;
  for (const SectionTrace& trace : section.traces) {
    nearest = std::min(nearest, trace.distance_km);
    farthest = std::max(farthest, trace.distance_km);
    for (const Waveform& piece : trace.pieces) {
      has_samples = has_samples || (piece.start < to && piece.end() > from);
    }
  }
  if (!has_samples) {
    return fail(Errc::kNotFound,
                "event {}: there are no waveforms from {} to {}",
                section.event.event_id,
                to_iso(from, 0),
                to_iso(to, 0));
  }
  const double margin = std::max(kLeastSpanKm, kMargin * (farthest - nearest));
  const trainer::PlotAxis x{
      "seconds after the origin time", false, -section.before_s, section.after_s};
  const trainer::PlotAxis y{"epicentral distance, km", false, nearest - margin, farthest + margin};
  return SectionPicture(section, x, y).draw();
}

}  // namespace geod
