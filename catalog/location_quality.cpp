#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "catalog/locator.hpp"
#include "core/error.hpp"

namespace geod::catalog {
namespace {

constexpr double kLeastWeight = 1e-3;  ///< an arrival with less does not count

EpicentreEllipse ellipse_of(double east_km2, double north_km2, double both_km2) {
  const double middle = (east_km2 + north_km2) / 2.0;
  const double radius = std::hypot((east_km2 - north_km2) / 2.0, both_km2);
  const double azimuth_deg =
      0.5 * std::atan2(2.0 * both_km2, north_km2 - east_km2) * 180.0 / std::numbers::pi;
  return {std::sqrt(middle + radius),
          std::sqrt(std::max(middle - radius, 0.0)),
          azimuth_deg < 0.0 ? azimuth_deg + 180.0 : azimuth_deg};
}

double widest_gap_deg(std::vector<double> azimuths_deg) {
  if (azimuths_deg.empty()) {
    return 360.0;
  }
  std::sort(azimuths_deg.begin(), azimuths_deg.end());
  double gap_deg = azimuths_deg.front() + 360.0 - azimuths_deg.back();
  for (std::size_t i = 1; i < azimuths_deg.size(); ++i) {
    gap_deg = std::max(gap_deg, azimuths_deg[i] - azimuths_deg[i - 1]);
  }
  return gap_deg;
}

}  // namespace

Origin origin_of(const Location& location,
                 std::span<const Observation> observations,
                 std::span<const int> station_of,
                 Time reference,
                 const Locator& locator) {
  GEOD_CHECK(
      observations.size() == station_of.size() && observations.size() == location.ways.size(),
      "one station and one way an observation");
  Origin origin;
  origin.time = reference + duration_from_seconds(location.at.time_s);
  origin.latitude_deg = location.at.epicentre.latitude_deg;
  origin.longitude_deg = location.at.epicentre.longitude_deg;
  origin.depth_km = location.at.depth_km;
  origin.depth_is_fixed = location.depth_is_fixed;
  origin.depth_sigma_km = std::sqrt(location.covariance[2][2]);
  origin.time_sigma_s = std::sqrt(location.covariance[3][3]);
  origin.covariance_east_km2 = location.covariance[0][0];
  origin.covariance_north_km2 = location.covariance[1][1];
  origin.covariance_east_north_km2 = location.covariance[0][1];
  origin.ellipse = ellipse_of(
      origin.covariance_east_km2, origin.covariance_north_km2, origin.covariance_east_north_km2);
  origin.standard_error_s = location.standard_error_s;
  origin.velocity_model = locator.travel_times().model_name();
  std::vector<double> azimuths_deg;
  std::set<int> stations;
  std::set<std::pair<int, Phase>> phases;
  origin.nearest_station_km = location.ways.empty() ? 0.0 : location.ways.front().distance_km;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    if (location.weights[i] < kLeastWeight) {
      continue;
    }
    stations.insert(station_of[i]);
    phases.insert({station_of[i], observations[i].phase});
    azimuths_deg.push_back(location.ways[i].azimuth_deg());
    origin.nearest_station_km = std::min(origin.nearest_station_km, location.ways[i].distance_km);
  }
  origin.stations = static_cast<int>(stations.size());
  origin.phases = static_cast<int>(phases.size());
  origin.azimuthal_gap_deg = widest_gap_deg(std::move(azimuths_deg));
  origin.quality = location_quality(origin);
  return origin;
}

QualityClass location_quality(const Origin& origin) {
  const double major_km = origin.ellipse.major_km;
  if (major_km <= 1.0 && !origin.depth_is_fixed && origin.depth_sigma_km <= 2.0 &&
      origin.azimuthal_gap_deg <= 135.0 && origin.phases >= 8) {
    return QualityClass::kA;
  }
  if (major_km <= 2.5 && origin.depth_sigma_km <= 5.0 && origin.azimuthal_gap_deg <= 180.0 &&
      origin.phases >= 6) {
    return QualityClass::kB;
  }
  if (major_km <= 5.0 && origin.azimuthal_gap_deg <= 270.0 && origin.phases >= 4) {
    return QualityClass::kC;
  }
  return QualityClass::kD;
}

}  // namespace geod::catalog
