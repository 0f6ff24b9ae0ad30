#include "storage/event_area.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <optional>
#include <string_view>

namespace geod::storage {
namespace {

constexpr double kMeanRadius_km = 6371.0;
constexpr double kRadPerDeg = std::numbers::pi / 180.0;
constexpr double kHalfTurn_deg = 180.0;
constexpr double kTurn_deg = 360.0;
constexpr std::size_t kMaxVertices = 10'000;

/// Numbers between '/'; nothing when one is none, or not finite.
std::optional<std::vector<double>> parse_numbers(std::string_view text) {
  std::vector<double> values;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  while (true) {
    double value = 0.0;
    const auto [stop, status] = std::from_chars(at, end, value);
    if (status != std::errc{} || !std::isfinite(value) || (stop != end && *stop != '/')) {
      return std::nullopt;
    }
    values.push_back(value);
    if (stop == end) {
      return values;
    }
    at = stop + 1;
  }
}

/// Latitudes as they are, longitudes from `west` to `east`, which may lie beyond 180 degrees.
std::vector<Region> wrapped(double south, double north, double west, double east) {
  south = std::max(south, -90.0);
  north = std::min(north, 90.0);
  if (east - west >= kTurn_deg) {
    return {{south, north, -kHalfTurn_deg, kHalfTurn_deg}};
  }
  const double shift = kTurn_deg * std::floor((west + kHalfTurn_deg) / kTurn_deg);
  west -= shift;
  east -= shift;
  if (east <= kHalfTurn_deg) {
    return {{south, north, west, east}};
  }
  return {{south, north, west, kHalfTurn_deg}, {south, north, -kHalfTurn_deg, east - kTurn_deg}};
}

}  // namespace

Result<Circle> Circle::parse(const std::string& text) {
  const auto values = parse_numbers(text);
  const std::size_t count = values ? values->size() : 0;
  const bool is_ring = count == 4;
  if ((count != 3 && !is_ring) || std::abs((*values)[0]) > 90.0 ||
      std::abs((*values)[1]) > kHalfTurn_deg || (*values)[2] < 0.0 ||
      (is_ring && (*values)[3] < (*values)[2])) {
    return fail(Errc::kConfig,
                "'{}' is not a circle; write lat/lon/km or lat/lon/min_km/max_km, for example "
                "35.7/-117.5/20",
                text);
  }
  return Circle{(*values)[0],
                (*values)[1],
                is_ring ? (*values)[2] : 0.0,
                is_ring ? (*values)[3] : (*values)[2]};
}

Result<Polygon> Polygon::parse(const std::string& text) {
  Polygon polygon;
  bool valid = true;
  for (std::size_t at = 0; valid && at <= text.size() && polygon.vertices.size() <= kMaxVertices;) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const auto values = parse_numbers(std::string_view(text).substr(at, comma - at));
    valid = values && values->size() == 2 && std::abs((*values)[0]) <= 90.0 &&
            std::abs((*values)[1]) <= kTurn_deg;
    if (valid) {
      polygon.vertices.push_back({(*values)[0], (*values)[1]});
    }
    at = comma + 1;
  }
  if (!valid || polygon.vertices.size() < 3 || polygon.vertices.size() > kMaxVertices) {
    return fail(Errc::kConfig,
                "'{}' is not a polygon; write at least three corners lat/lon,lat/lon,lat/lon, for "
                "example 35/-118,36/-118,36/-117",
                text);
  }
  return polygon;
}

std::vector<Region> boxes_around(const Circle& circle) {
  // A thousandth more, for the rounding of the distance.
  const double radius_rad = circle.max_radius_km / kMeanRadius_km * 1.001 + 1e-9;
  const double radius_deg = radius_rad / kRadPerDeg;
  const double south = circle.latitude_deg - radius_deg;
  const double north = circle.latitude_deg + radius_deg;
  if (south <= -90.0 || north >= 90.0) {
    return wrapped(south, north, -kHalfTurn_deg, kHalfTurn_deg);  // a pole is inside
  }
  const double sine = std::sin(radius_rad) / std::cos(circle.latitude_deg * kRadPerDeg);
  const double half_width_deg = sine >= 1.0 ? kHalfTurn_deg : std::asin(sine) / kRadPerDeg;
  return wrapped(
      south, north, circle.longitude_deg - half_width_deg, circle.longitude_deg + half_width_deg);
}

std::vector<Region> boxes_around(const Polygon& polygon) {
  const auto [south, north] =
      std::minmax_element(polygon.vertices.begin(),
                          polygon.vertices.end(),
                          [](const Polygon::Vertex& a, const Polygon::Vertex& b) {
                            return a.latitude_deg < b.latitude_deg;
                          });
  const auto [west, east] =
      std::minmax_element(polygon.vertices.begin(),
                          polygon.vertices.end(),
                          [](const Polygon::Vertex& a, const Polygon::Vertex& b) {
                            return a.longitude_deg < b.longitude_deg;
                          });
  return wrapped(
      south->latitude_deg, north->latitude_deg, west->longitude_deg, east->longitude_deg);
}

bool is_inside(const Circle& circle, double latitude_deg, double longitude_deg) {
  const double latitude = latitude_deg * kRadPerDeg;
  const double centre = circle.latitude_deg * kRadPerDeg;
  const double north_south = std::sin((latitude - centre) / 2.0);
  const double east_west = std::sin((longitude_deg - circle.longitude_deg) * kRadPerDeg / 2.0);
  const double haversine =
      north_south * north_south + std::cos(latitude) * std::cos(centre) * east_west * east_west;
  const double distance_km = 2.0 * kMeanRadius_km * std::asin(std::sqrt(std::min(haversine, 1.0)));
  return distance_km >= circle.min_radius_km && distance_km <= circle.max_radius_km;
}

bool is_inside(const Polygon& polygon, double latitude_deg, double longitude_deg) {
  for (const double shift : {-kTurn_deg, 0.0, kTurn_deg}) {
    const double longitude = longitude_deg + shift;
    bool inside = false;
    Polygon::Vertex from = polygon.vertices.back();
    for (const Polygon::Vertex& to : polygon.vertices) {
      if ((from.latitude_deg > latitude_deg) != (to.latitude_deg > latitude_deg)) {
        const double share =
            (latitude_deg - from.latitude_deg) / (to.latitude_deg - from.latitude_deg);
        const double crossing =
            from.longitude_deg + share * (to.longitude_deg - from.longitude_deg);
        inside = inside != (crossing > longitude);
      }
      from = to;
    }
    if (inside) {
      return true;
    }
  }
  return false;
}

}  // namespace geod::storage
