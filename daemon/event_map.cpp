#include "daemon/event_map.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "daemon/event_map_legend.hpp"
#include "daemon/map_scales.hpp"

namespace geod {
namespace {

using trainer::Anchor;
using trainer::SvgCanvas;
using trainer::SvgPoint;

// Pixels.
constexpr double kWidth = 972.0;
constexpr double kHeight = 760.0;
constexpr double kOuterMargin = 14.0;
constexpr double kLine = 17.0;
/// As trainer::text_width measures, which is more than letters take.
constexpr double kTextRoom = 1.15 * kWidth;
constexpr SvgPoint kMapCorner{54.0, 72.0};
constexpr double kMapWidth = 720.0;
constexpr double kMapHeight = 664.0;
constexpr double kLegendSpace = 22.0;
constexpr double kGridEveryPx = 110.0;
constexpr double kHalfText = 4.0;
constexpr double kNameHeight = 12.0;
/// Names are set smaller than the 12 px that trainer::text_width speaks of, in letters of average
/// width.
constexpr double kNameScale = 0.85;
constexpr double kSymbolHalf = 7.0;

constexpr double kLeastNeighbourhoodKm = 100.0;
/// From this number on events are told together, not each when the pointer rests on it.
constexpr std::size_t kMostHints = 2000;
/// Up to this number names of stations keep off the symbols of events.
constexpr std::size_t kFewEvents = 300;
constexpr double kScaleBarShare = 0.28;

std::vector<MapPoint> epicentres_of(const EventMap& map) {
  std::vector<MapPoint> points;
  points.reserve(map.events.size());
  for (const DrawnEvent& event : map.events) {
    points.push_back(event.epicentre);
  }
  return points;
}

/// Events in the order in which they are drawn, so that small ones lie on large ones.
std::vector<const DrawnEvent*> large_first(const std::vector<DrawnEvent>& events) {
  std::vector<const DrawnEvent*> order;
  order.reserve(events.size());
  for (const DrawnEvent& event : events) {
    order.push_back(&event);
  }
  static constexpr double kUnknown = -100.0;
  std::sort(order.begin(), order.end(), [](const DrawnEvent* a, const DrawnEvent* b) {
    const auto key = [](const DrawnEvent& event) {
      return std::tuple(-event.magnitude.value_or(kUnknown), event.time, event.event_id);
    };
    return key(*a) < key(*b);
  });
  return order;
}

std::string span_text(double low, double high, int decimals) {
  const std::string from = fmt::format("{:.{}f}", low, decimals);
  const std::string to = fmt::format("{:.{}f}", high, decimals);
  return from == to ? from : fmt::format("{} to {}", from, to);
}

std::string content_text(const EventMap& map) {
  std::vector<double> magnitudes;
  std::vector<double> depths;
  std::map<std::string, std::size_t> types;
  std::size_t reviewed = 0;
  for (const DrawnEvent& event : map.events) {
    reviewed += event.is_reviewed ? 1 : 0;
    if (event.magnitude) {
      magnitudes.push_back(*event.magnitude);
      ++types[event.magnitude_type];
    }
    if (event.depth_km) {
      depths.push_back(*event.depth_km);
    }
  }
  std::vector<std::string> parts;
  if (!magnitudes.empty()) {
    const auto [low, high] = std::minmax_element(magnitudes.begin(), magnitudes.end());
    std::vector<std::string> counts;
    counts.reserve(types.size());
    for (const auto& [type, count] : types) {
      counts.push_back(fmt::format("{} {}", count, type.empty() ? "of unknown type" : type));
    }
    parts.push_back(
        fmt::format("magnitude {} ({})", span_text(*low, *high, 1), fmt::join(counts, ", ")));
  }
  if (magnitudes.size() < map.events.size()) {
    parts.push_back(fmt::format("{} without magnitude", map.events.size() - magnitudes.size()));
  }
  if (!depths.empty()) {
    const auto [low, high] = std::minmax_element(depths.begin(), depths.end());
    parts.push_back(fmt::format("depth {} km", span_text(*low, *high, 1)));
  }
  if (reviewed > 0) {
    parts.push_back(fmt::format("{} reviewed", reviewed));
  }
  if (!map.chosen_by.empty()) {
    parts.push_back(map.chosen_by);
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

/// Draws one map. The parts that texts keep off are told to `places_`.
class MapPicture {
 public:
  MapPicture(const EventMap& map, const MapExtent& extent)
      : map_(map),
        projection_(extent, kMapCorner, kMapWidth, kMapHeight),
        depths_(depths_of(map)),
        places_({kMapCorner, kMapWidth, kMapHeight}),
        canvas_(kWidth, kHeight, title()) {}

  std::string draw() {
    canvas_.style(map_style(depths_, map_.events.size()));
    draw_head();
    canvas_.rect(kMapCorner, kMapWidth, kMapHeight, "land");
    draw_graticule();
    canvas_.begin_clip(kMapCorner, kMapWidth, kMapHeight);
    draw_fibres();
    draw_ellipses();
    draw_events();
    draw_scale_bar();
    draw_north();
    draw_stations();
    canvas_.end_clip();
    canvas_.rect(kMapCorner, kMapWidth, kMapHeight, "frame");
    draw_map_legend(
        canvas_, {kMapCorner.x + kMapWidth + kLegendSpace, kMapCorner.y}, map_, depths_);
    return canvas_.finish(kOuterMargin);
  }

 private:
  static std::vector<double> depths_of(const EventMap& map) {
    std::vector<double> depths;
    for (const DrawnEvent& event : map.events) {
      if (event.depth_km) {
        depths.push_back(*event.depth_km);
      }
    }
    return depths;
  }

  std::string title() const {
    const std::size_t count = map_.events.size();
    return fmt::format("{}: {}",
                       map_.title,
                       count == 0   ? std::string("no events")
                       : count == 1 ? std::string("1 event")
                                    : fmt::format("{} events", count));
  }

  void draw_head() {
    const MapExtent& shown = projection_.shown();
    constexpr double kHundredth = 0.01;
    canvas_.text({0.0, 17.0}, Anchor::kStart, "title", title());
    canvas_.text({0.0, 20.0 + kLine},
                 Anchor::kStart,
                 "label",
                 trainer::fitted(content_text(map_), kTextRoom));
    canvas_.text({0.0, 20.0 + 2.0 * kLine},
                 Anchor::kStart,
                 "label",
                 fmt::format("Equirectangular projection about {} {}, true to scale along that "
                             "parallel and along meridians; WGS84",
                             latitude_text(shown.middle().latitude_deg, kHundredth),
                             longitude_text(shown.middle().longitude_deg, kHundredth)));
  }

  void draw_graticule() {
    const MapExtent& shown = projection_.shown();
    const double bottom = kMapCorner.y + kMapHeight;
    const auto parallels = graticule_lines(
        shown.south_deg, shown.north_deg, static_cast<int>(kMapHeight / kGridEveryPx));
    for (const double latitude : parallels.at_deg) {
      const double y = projection_.pixel({latitude, shown.middle().longitude_deg}).y;
      canvas_.line({kMapCorner.x, y}, {kMapCorner.x + kMapWidth, y}, "grid");
      canvas_.text({kMapCorner.x - 6.0, y + kHalfText},
                   Anchor::kEnd,
                   "tick",
                   latitude_text(latitude, parallels.step_deg));
    }
    const auto meridians =
        graticule_lines(shown.west_deg, shown.east_deg, static_cast<int>(kMapWidth / kGridEveryPx));
    for (const double longitude : meridians.at_deg) {
      const double x = projection_.meridian_px(longitude);
      canvas_.line({x, kMapCorner.y}, {x, bottom}, "grid");
      canvas_.text({x, bottom + 16.0},
                   Anchor::kMiddle,
                   "tick",
                   longitude_text(longitude, meridians.step_deg));
    }
  }

  void draw_fibres() {
    for (const MapFibre& fibre : map_.fibres) {
      std::vector<SvgPoint> course;
      for (const MapPoint& point : fibre.course) {
        course.push_back(projection_.pixel(point));
      }
      canvas_.polyline(course, "fibre");
      if (!course.empty()) {
        name(course[course.size() / 2], fibre.fibre_id);
      }
    }
  }

  void draw_ellipses() {
    if (map_.events.size() > kMostEllipses) {
      return;
    }
    constexpr std::size_t kSteps = 48;
    for (const DrawnEvent* event : large_first(map_.events)) {
      if (!event->ellipse) {
        continue;
      }
      const EpicentreEllipse& ellipse = *event->ellipse;
      const double azimuth = ellipse.major_azimuth_deg * std::numbers::pi / 180.0;
      std::array<SvgPoint, kSteps + 1> points;
      for (std::size_t i = 0; i <= kSteps; ++i) {
        const double angle = 2.0 * std::numbers::pi * static_cast<double>(i) / kSteps;
        const double along = kEllipse68 * ellipse.major_km * std::cos(angle);
        const double across = kEllipse68 * ellipse.minor_km * std::sin(angle);
        points[i] = projection_.pixel(event->epicentre,
                                      along * std::sin(azimuth) + across * std::cos(azimuth),
                                      along * std::cos(azimuth) - across * std::sin(azimuth));
      }
      canvas_.polyline(points, "ellipse");
    }
  }

  void draw_events() {
    const std::size_t count = map_.events.size();
    for (const DrawnEvent* event : large_first(map_.events)) {
      const SvgPoint at = projection_.pixel(event->epicentre);
      const std::string depth = event->depth_km ? depths_.css_class(*event->depth_km) : "nodepth";
      if (!event->magnitude) {
        draw_cross(canvas_, at, "cross " + depth);
        continue;
      }
      const double radius = magnitude_radius_px(*event->magnitude, count);
      canvas_.circle(at,
                     radius,
                     fmt::format("event {}{}", depth, event->is_reviewed ? " reviewed" : ""),
                     count <= kMostHints ? hint(*event) : std::string{});
      if (count <= kFewEvents) {
        places_.avoid({{at.x - radius, at.y - radius}, 2.0 * radius, 2.0 * radius});
      }
    }
  }

  static std::string hint(const DrawnEvent& event) {
    const std::string depth =
        event.depth_km ? fmt::format("{:.1f} km", *event.depth_km) : "depth not known";
    return fmt::format("{}, {}, {}, {}{}",
                       to_iso(event.time, 1),
                       magnitude_text(event),
                       depth,
                       event.event_id,
                       event.is_reviewed ? ", reviewed" : "");
  }

  void draw_scale_bar() {
    const double km = scale_bar_km(kScaleBarShare * kMapWidth * projection_.km_per_px());
    const double width = km / projection_.km_per_px();
    const SvgPoint plate{kMapCorner.x + 10.0, kMapCorner.y + kMapHeight - 44.0};
    const SvgPoint corner{plate.x + 14.0, plate.y + 22.0};
    canvas_.rect(plate, width + 58.0, 36.0, "plate");
    places_.take({plate, width + 58.0, 36.0});
    canvas_.rect(corner, width / 2.0, 5.0, "bar");
    canvas_.rect({corner.x + width / 2.0, corner.y}, width / 2.0, 5.0, "gap");
    const auto mark = [&](double share, const std::string& text) {
      canvas_.text({corner.x + share * width, corner.y - 5.0}, Anchor::kMiddle, "tick", text);
    };
    mark(0.0, "0");
    mark(0.5, fmt::format("{:g}", km / 2.0));
    mark(1.0, fmt::format("{:g} km", km));
  }

  void draw_north() {
    const SvgPoint top{kMapCorner.x + kMapWidth - 24.0, kMapCorner.y + 26.0};
    canvas_.rect({top.x - 14.0, top.y - 20.0}, 28.0, 56.0, "plate");
    places_.take({{top.x - 14.0, top.y - 20.0}, 28.0, 56.0});
    canvas_.text({top.x, top.y - 6.0}, Anchor::kMiddle, "heading", "N");
    const std::array<SvgPoint, 4> needle{{{top.x, top.y},
                                          {top.x + 6.0, top.y + 28.0},
                                          {top.x, top.y + 22.0},
                                          {top.x - 6.0, top.y + 28.0}}};
    canvas_.polygon(needle, "bar");
  }

  void draw_stations() {
    std::vector<std::pair<SvgPoint, const MapStation*>> inside;
    for (const MapStation& station : map_.stations) {
      const SvgPoint at = projection_.pixel(station.place);
      if (projection_.shown().contains(station.place)) {
        inside.emplace_back(at, &station);
        places_.take({{at.x - kSymbolHalf, at.y - kSymbolHalf}, 2.0 * kSymbolHalf, 12.0});
      }
    }
    for (const auto& [at, station] : inside) {
      draw_station_symbol(canvas_, at);
    }
    for (const auto& [at, station] : inside) {
      name(at, station->name);
    }
  }

  /// A text beside `at`, or none where there is no room.
  void name(SvgPoint at, const std::string& text) {
    const double width = kNameScale * trainer::text_width(text);
    const double away = kSymbolHalf + 2.0;
    const std::array<LabelPlaces::Box, 4> candidates{
        {{{at.x + away, at.y - 0.5 * kNameHeight}, width, kNameHeight},
         {{at.x - away - width, at.y - 0.5 * kNameHeight}, width, kNameHeight},
         {{at.x - 0.5 * width, at.y - away - kNameHeight}, width, kNameHeight},
         {{at.x - 0.5 * width, at.y + away}, width, kNameHeight}}};
    if (const auto box = places_.place(candidates)) {
      // Held on the side of the symbol, as widths are estimates.
      const bool is_left = box->corner.x + box->width < at.x;
      const bool is_right = box->corner.x > at.x;
      const Anchor anchor = is_right ? Anchor::kStart : is_left ? Anchor::kEnd : Anchor::kMiddle;
      const double x = is_right ? box->corner.x : is_left ? box->corner.x + box->width : at.x;
      canvas_.text({x, box->corner.y + kNameHeight - 2.5}, anchor, "name", text);
    }
  }

  const EventMap& map_;
  MapProjection projection_;
  DepthScale depths_;
  LabelPlaces places_;
  SvgCanvas canvas_;
};

}  // namespace

std::optional<MapExtent> extent_of(const EventMap& map) {
  std::vector<MapPoint> points = epicentres_of(map);
  std::optional<MapExtent> neighbourhood;
  if (!points.empty()) {
    const MapExtent epicentres = extent_of(points);
    neighbourhood = epicentres.grown(std::max(
        {kLeastNeighbourhoodKm, 0.5 * epicentres.width_km(), 0.5 * epicentres.height_km()}));
  }
  const auto add = [&points, &neighbourhood](const MapPoint& point) {
    if (!neighbourhood || neighbourhood->contains(point)) {
      points.push_back(point);
    }
  };
  for (const MapStation& station : map.stations) {
    add(station.place);
  }
  for (const MapFibre& fibre : map.fibres) {
    for (const MapPoint& point : fibre.course) {
      add(point);
    }
  }
  return points.empty() ? std::nullopt : std::optional(extent_of(points));
}

Result<std::string> event_map_svg(const EventMap& map) {
  const std::optional<MapExtent> extent = map.extent ? map.extent : extent_of(map);
  if (!extent) {
    return fail(Errc::kNotFound,
                "nothing to draw: no event was chosen, and no station is known; widen the filters "
                "or give --inventory");
  }
  return MapPicture(map, *extent).draw();
}

}  // namespace geod
