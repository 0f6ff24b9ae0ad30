#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/pick.hpp"
#include "core/time.hpp"

namespace geod {

/// How far an origin is to be trusted, from its own uncertainty and its stations
/// (catalog::location_quality).
enum class QualityClass : std::uint8_t { kA, kB, kC, kD };
constexpr std::string_view to_string(QualityClass quality) {
  constexpr std::array<std::string_view, 4> kNames{"A", "B", "C", "D"};
  return kNames[static_cast<std::size_t>(quality)];
}

/// Horizontal error of an epicentre, one standard deviation along each axis: 39 % of a
/// two-dimensional normal distribution lie inside, 68 % within 1.51 times the axes.
struct EpicentreEllipse {
  double major_km = 0.0;
  double minor_km = 0.0;
  double major_azimuth_deg = 0.0;  ///< of the major axis, clockwise from north, in [0, 180)
};

/// A hypocentre with its uncertainties, one standard deviation each.
struct Origin {
  Time time;
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  double depth_km = 0.0;  ///< below sea level
  double time_sigma_s = 0.0;
  double depth_sigma_km = 0.0;  ///< where the depth is fixed: what was assumed
  bool depth_is_fixed = false;
  EpicentreEllipse ellipse;
  double covariance_east_km2 = 0.0;  ///< of the epicentre, as the next two
  double covariance_north_km2 = 0.0;
  double covariance_east_north_km2 = 0.0;
  double standard_error_s = 0.0;  ///< weighted root mean square of the time residuals
  double azimuthal_gap_deg = 360.0;
  double nearest_station_km = 0.0;
  int phases = 0;    ///< arrivals that count, as the next
  int stations = 0;  ///< a fibre is one
  QualityClass quality = QualityClass::kD;
  std::string velocity_model;
};

/// A pick associated with an origin.
struct OriginArrival {
  std::string pick_id;
  Phase phase = Phase::kP;
  double residual_s = 0.0;
  double distance_km = 0.0;                ///< of the station from the epicentre
  double azimuth_deg = 0.0;                ///< of the station, seen from the epicentre
  double back_azimuth_residual_deg = 0.0;  ///< 0 where the pick has no back-azimuth
  double weight = 0.0;  ///< in [0, 1]: of the robust solution, times the share of a fibre's picks
};

}  // namespace geod
