#pragma once

#include <span>
#include <string>
#include <vector>

#include "trainer/svg_canvas.hpp"

namespace geod {

/// A place on a map; degrees, WGS84.
struct MapPoint {
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  bool operator==(const MapPoint&) const = default;
};

/// A box of latitudes and longitudes. `east_deg` is not below `west_deg` and may go past 180: the
/// box then lies across the 180th meridian.
struct MapExtent {
  double south_deg = 0.0;
  double north_deg = 0.0;
  double west_deg = 0.0;
  double east_deg = 0.0;

  MapPoint middle() const;
  /// Longitudes count whichever way round they are told.
  bool contains(const MapPoint& point) const;
  /// `km` further out on every side, at the latitude where that is most degrees.
  MapExtent grown(double km) const;
  double height_km() const;
  double width_km() const;  ///< along the middle parallel
};

/// The smallest box around all points, across the 180th meridian where that is smaller. `points`
/// is not empty.
MapExtent extent_of(std::span<const MapPoint> points);

/// The equirectangular projection about the middle of what is shown: a degree of longitude is as
/// long as on the middle parallel everywhere, distances along that parallel and along all
/// meridians are true to scale.
class MapProjection {
 public:
  /// Shows `extent` as large as it fits into the rectangle, and around it what fills the rectangle.
  MapProjection(const MapExtent& extent,
                trainer::SvgPoint corner,
                double width_px,
                double height_px);

  trainer::SvgPoint pixel(const MapPoint& point) const;
  /// The place `east_km` and `north_km` away from `from`, on a sphere.
  trainer::SvgPoint pixel(const MapPoint& from, double east_km, double north_km) const;
  /// x of a meridian that is told within `shown`, on its border, too.
  double meridian_px(double longitude_deg) const;
  const MapExtent& shown() const { return shown_; }
  double km_per_px() const { return km_per_px_; }

 private:
  MapExtent shown_;
  MapPoint middle_;
  trainer::SvgPoint centre_;
  double km_per_px_ = 1.0;
  double px_per_latitude_deg_ = 1.0;
  double px_per_longitude_deg_ = 1.0;
};

/// Where lines of a graticule stand between `low` and `high`: at most `most` of them, at steps of
/// 1, 2 or 5 times a power of ten up to 10 degrees, then 15, 30, 45 or 90.
struct GraticuleLines {
  double step_deg = 1.0;
  std::vector<double> at_deg;
};
GraticuleLines graticule_lines(double low_deg, double high_deg, int most);

/// "35.5\u00b0N", "0\u00b0"; longitudes past 180 from the other side: 180.5 is "179.5\u00b0W".
std::string latitude_text(double latitude_deg, double step_deg);
std::string longitude_text(double longitude_deg, double step_deg);

/// The longest of 1, 2 or 5 times a power of ten that is not longer than `most_km`.
double scale_bar_km(double most_km);

}  // namespace geod
