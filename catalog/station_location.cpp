#include "catalog/station_location.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <GeographicLib/Geodesic.hpp>

#include "core/error.hpp"

namespace geod::catalog {
namespace {

constexpr double kVp_km_per_s = 6.0;
constexpr double kVpOverVs = std::numbers::sqrt3;
/// vp vs / (vp - vs).
constexpr double kKmPerSMinusP = kVp_km_per_s / (kVpOverVs - 1.0);
constexpr double kRelativeSigma = 0.10;
constexpr double kDeepestFocus_km = 15.0;
/// A length is never known better than this: keeps weights finite.
constexpr double kLeastSigma_km = 1e-3;

}  // namespace

Length distance_from_s_minus_p(const SMinusP& interval) {
  const double hypocentral_km = interval.seconds * kKmPerSMinusP;
  const double deep_km = std::sqrt(
      std::max(hypocentral_km * hypocentral_km - kDeepestFocus_km * kDeepestFocus_km, 0.0));
  const double depth_sigma_km = (hypocentral_km - deep_km) / 2.0;
  const double pick_sigma_km = interval.sigma_s * kKmPerSMinusP;
  return {(hypocentral_km + deep_km) / 2.0,
          std::hypot(depth_sigma_km, kRelativeSigma * hypocentral_km, pick_sigma_km)};
}

Length weighted_mean(const Length& a, const Length& b) {
  const double variance_a = std::pow(std::max(a.sigma_km, kLeastSigma_km), 2);
  const double variance_b = std::pow(std::max(b.sigma_km, kLeastSigma_km), 2);
  const double mean_km = (a.km * variance_b + b.km * variance_a) / (variance_a + variance_b);
  const double sigma_km = std::sqrt(variance_a * variance_b / (variance_a + variance_b));
  const double birge_ratio = std::abs(a.km - b.km) / std::sqrt(variance_a + variance_b);
  return {mean_km, sigma_km * std::max(birge_ratio, 1.0)};
}

StationLocation locate_from_one_station(const Estimate& distance,
                                        const Estimate& back_azimuth,
                                        const std::optional<SMinusP>& interval) {
  const auto* const network_distance = std::get_if<DistanceEstimate>(&distance.value);
  const auto* const bearing = std::get_if<BackAzimuthEstimate>(&back_azimuth.value);
  GEOD_CHECK(
      network_distance != nullptr && bearing != nullptr && distance.pick_id == back_azimuth.pick_id,
      "a location is made of the distance and the back-azimuth of one pick");
  Length length{network_distance->distance_km, network_distance->uncertainty_km};
  if (interval) {
    length = weighted_mean(length, distance_from_s_minus_p(*interval));
  }
  StationLocation location;
  location.pick_id = distance.pick_id;
  location.instrument = distance.instrument;
  location.pick_time = distance.pick_time;
  location.distance_km = length.km;
  location.distance_uncertainty_km = length.sigma_km;
  location.back_azimuth_deg = bearing->back_azimuth_deg;
  location.back_azimuth_uncertainty_deg = bearing->uncertainty_deg;
  location.s_minus_p_s = interval ? interval->seconds : -1.0;
  location.model_id = distance.model_id;
  location.model_hash = distance.model_hash;
  location.distance_adapter_id = distance.adapter_id;
  location.distance_adapter_hash = distance.adapter_hash;
  location.back_azimuth_adapter_id = back_azimuth.adapter_id;
  location.back_azimuth_adapter_hash = back_azimuth.adapter_hash;
  return location;
}

Epicentre epicentre_of(const StationLocation& location,
                       double station_latitude_deg,
                       double station_longitude_deg) {
  Epicentre epicentre;
  GeographicLib::Geodesic::WGS84().Direct(station_latitude_deg,
                                          station_longitude_deg,
                                          location.back_azimuth_deg,
                                          location.distance_km * 1e3,
                                          epicentre.latitude_deg,
                                          epicentre.longitude_deg);
  return epicentre;
}

ErrorEllipse error_ellipse_of(const StationLocation& location) {
  return {location.distance_uncertainty_km,
          location.distance_km * location.back_azimuth_uncertainty_deg * std::numbers::pi / 180.0};
}

}  // namespace geod::catalog
