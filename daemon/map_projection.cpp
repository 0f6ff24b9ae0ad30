#include "daemon/map_projection.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "trainer/svg_axis.hpp"

namespace geod {
namespace {

constexpr double kRadians = std::numbers::pi / 180.0;
/// Of the sphere of 6371 km.
constexpr double kKmPerDegree = 111.195;
/// Maps of one place still show some country.
constexpr double kLeastSpanKm = 20.0;
/// Of what is to be shown, on every side.
constexpr double kMargin = 0.05;
/// Towards the poles a degree of longitude vanishes.
constexpr double kLeastCosine = 0.02;

double cosine(double latitude_deg) {
  return std::max(kLeastCosine, std::cos(latitude_deg * kRadians));
}

/// `longitude_deg` within 180 of `middle_deg`.
double near(double longitude_deg, double middle_deg) {
  return middle_deg + std::remainder(longitude_deg - middle_deg, 360.0);
}

}  // namespace

MapPoint MapExtent::middle() const {
  return {0.5 * (south_deg + north_deg), 0.5 * (west_deg + east_deg)};
}

bool MapExtent::contains(const MapPoint& point) const {
  const double longitude = near(point.longitude_deg, middle().longitude_deg);
  return point.latitude_deg >= south_deg && point.latitude_deg <= north_deg &&
         longitude >= west_deg && longitude <= east_deg;
}

MapExtent MapExtent::grown(double km) const {
  const double widest = std::max(std::abs(south_deg), std::abs(north_deg));
  const double latitude = km / kKmPerDegree;
  const double longitude = latitude / cosine(widest);
  MapExtent grown{
      south_deg - latitude, north_deg + latitude, west_deg - longitude, east_deg + longitude};
  grown.south_deg = std::max(grown.south_deg, -90.0);
  grown.north_deg = std::min(grown.north_deg, 90.0);
  if (grown.east_deg - grown.west_deg > 360.0) {
    grown.west_deg = middle().longitude_deg - 180.0;
    grown.east_deg = middle().longitude_deg + 180.0;
  }
  return grown;
}

double MapExtent::height_km() const {
  return (north_deg - south_deg) * kKmPerDegree;
}

double MapExtent::width_km() const {
  return (east_deg - west_deg) * kKmPerDegree * cosine(middle().latitude_deg);
}

MapExtent extent_of(std::span<const MapPoint> points) {
  MapExtent extent{points[0].latitude_deg, points[0].latitude_deg, 0.0, 0.0};
  std::vector<double> longitudes;
  for (const MapPoint& point : points) {
    extent.south_deg = std::min(extent.south_deg, point.latitude_deg);
    extent.north_deg = std::max(extent.north_deg, point.latitude_deg);
    longitudes.push_back(near(point.longitude_deg, 0.0));
  }
  std::sort(longitudes.begin(), longitudes.end());
  // The widest span of longitudes without a point is what is left out.
  extent.west_deg = longitudes.front();
  extent.east_deg = longitudes.back();
  double widest = longitudes.front() + 360.0 - longitudes.back();
  for (std::size_t i = 1; i < longitudes.size(); ++i) {
    if (longitudes[i] - longitudes[i - 1] > widest) {
      widest = longitudes[i] - longitudes[i - 1];
      extent.west_deg = longitudes[i];
      extent.east_deg = longitudes[i - 1] + 360.0;
    }
  }
  return extent;
}

MapProjection::MapProjection(const MapExtent& extent,
                             trainer::SvgPoint corner,
                             double width_px,
                             double height_px)
    : middle_(extent.middle()), centre_{corner.x + 0.5 * width_px, corner.y + 0.5 * height_px} {
  const double margins = 1.0 + 2.0 * kMargin;
  km_per_px_ = std::max({kLeastSpanKm / std::min(width_px, height_px),
                         margins * extent.width_km() / width_px,
                         margins * extent.height_km() / height_px});
  px_per_latitude_deg_ = kKmPerDegree / km_per_px_;
  px_per_longitude_deg_ = px_per_latitude_deg_ * cosine(middle_.latitude_deg);
  const double latitudes = 0.5 * height_px / px_per_latitude_deg_;
  const double longitudes = std::min(180.0, 0.5 * width_px / px_per_longitude_deg_);
  shown_ = {std::max(-90.0, middle_.latitude_deg - latitudes),
            std::min(90.0, middle_.latitude_deg + latitudes),
            middle_.longitude_deg - longitudes,
            middle_.longitude_deg + longitudes};
}

trainer::SvgPoint MapProjection::pixel(const MapPoint& point) const {
  const double longitude = near(point.longitude_deg, middle_.longitude_deg);
  return {centre_.x + (longitude - middle_.longitude_deg) * px_per_longitude_deg_,
          centre_.y - (point.latitude_deg - middle_.latitude_deg) * px_per_latitude_deg_};
}

trainer::SvgPoint MapProjection::pixel(const MapPoint& from,
                                       double east_km,
                                       double north_km) const {
  const trainer::SvgPoint start = pixel(from);
  const double longitudes = east_km / kKmPerDegree / cosine(from.latitude_deg);
  return {start.x + longitudes * px_per_longitude_deg_,
          start.y - north_km / kKmPerDegree * px_per_latitude_deg_};
}

double MapProjection::meridian_px(double longitude_deg) const {
  return centre_.x + (longitude_deg - middle_.longitude_deg) * px_per_longitude_deg_;
}

GraticuleLines graticule_lines(double low_deg, double high_deg, int most) {
  constexpr double kWide[] = {15.0, 30.0, 45.0, 90.0};
  const double rough = (high_deg - low_deg) / std::max(1, most);
  GraticuleLines lines;
  lines.step_deg = trainer::nice_step(rough);
  if (rough > 10.0) {
    const auto* wide = std::find_if(
        std::begin(kWide), std::end(kWide) - 1, [rough](double step) { return step >= rough; });
    lines.step_deg = *wide;
  }
  const double rounding = 1e-9 * lines.step_deg;
  for (double n = std::ceil((low_deg - rounding) / lines.step_deg);
       n * lines.step_deg <= high_deg + rounding;
       n += 1.0) {
    lines.at_deg.push_back(n * lines.step_deg);
  }
  return lines;
}

std::string latitude_text(double latitude_deg, double step_deg) {
  const std::string digits = trainer::tick_text(std::abs(latitude_deg), step_deg);
  const bool on_equator = std::abs(latitude_deg) < 1e-6 * step_deg;
  return digits + "\u00b0" + (on_equator ? "" : latitude_deg > 0.0 ? "N" : "S");
}

std::string longitude_text(double longitude_deg, double step_deg) {
  const double longitude = near(longitude_deg, 0.0);
  const std::string digits = trainer::tick_text(std::abs(longitude), step_deg);
  const bool has_no_side =
      std::abs(longitude) < 1e-6 * step_deg || 180.0 - std::abs(longitude) < 1e-6 * step_deg;
  return digits + "\u00b0" + (has_no_side ? "" : longitude > 0.0 ? "E" : "W");
}

double scale_bar_km(double most_km) {
  constexpr double kNice[] = {5.0, 2.0, 1.0};
  const double decade = std::pow(10.0, std::floor(std::log10(most_km) + 1e-9));
  for (const double factor : kNice) {
    if (factor * decade <= most_km * (1.0 + 1e-9)) {
      return factor * decade;
    }
  }
  return decade;
}

}  // namespace geod
