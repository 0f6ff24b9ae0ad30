// Origins and arrivals of QuakeML.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "catalog/degrees.hpp"
#include "catalog/quakeml_parts.hpp"
#include "catalog/xml_build.hpp"

namespace geod::catalog {
namespace {

constexpr double kMetresPerKm = 1000.0;
/// Axes of the ellipse that holds 68 % of a two-dimensional normal distribution, in standard
/// deviations: sqrt(-2 ln 0.32).
constexpr double kEllipseScale = 1.5095921854516636;
constexpr double kEllipsePercent = 68.0;

double cosine_of(double latitude_deg) {
  return std::max(std::cos(latitude_deg * std::numbers::pi / 180.0), 1e-6);
}

void add_place(const Origin& origin, pugi::xml_node& node) {
  const double north_km = std::sqrt(std::max(origin.covariance_north_km2, 0.0));
  const double east_km = std::sqrt(std::max(origin.covariance_east_km2, 0.0));
  add_time_quantity(node, "time", origin.time, origin.time_sigma_s);
  add_quantity(node, "latitude", origin.latitude_deg, north_km / kKmPerDegree);
  add_quantity(node,
               "longitude",
               origin.longitude_deg,
               east_km / (kKmPerDegree * cosine_of(origin.latitude_deg)));
  add_quantity(node, "depth", origin.depth_km * kMetresPerKm, origin.depth_sigma_km * kMetresPerKm);
  add_text(node, "depthType", origin.depth_is_fixed ? "operator assigned" : "from location");
  add_text(node, "timeFixed", "false");
  add_text(node, "epicenterFixed", "false");
}

void add_ellipse(const EpicentreEllipse& ellipse, pugi::xml_node& node) {
  pugi::xml_node uncertainty = add_element(node, "originUncertainty");
  constexpr double kMetres = kEllipseScale * kMetresPerKm;
  add_number(uncertainty, "minHorizontalUncertainty", ellipse.minor_km * kMetres);
  add_number(uncertainty, "maxHorizontalUncertainty", ellipse.major_km * kMetres);
  add_number(uncertainty, "azimuthMaxHorizontalUncertainty", ellipse.major_azimuth_deg);
  add_text(uncertainty, "preferredDescription", "uncertainty ellipse");
  add_number(uncertainty, "confidenceLevel", kEllipsePercent);
}

/// Of the arrivals that count, in degrees; empty when none is known.
std::vector<double> distances_of(const EventVersion& version) {
  std::vector<double> distances;
  for (const OriginArrival& arrival : version.arrivals) {
    if (arrival.weight > 0.0 && std::isfinite(arrival.distance_km)) {
      distances.push_back(arrival.distance_km / kKmPerDegree);
    }
  }
  std::sort(distances.begin(), distances.end());
  return distances;
}

void add_quality(const EventVersion& version, pugi::xml_node& node) {
  const Origin& origin = version.origin;
  pugi::xml_node quality = add_element(node, "quality");
  if (!version.arrivals.empty()) {
    add_text(quality, "associatedPhaseCount", std::to_string(version.arrivals.size()));
  }
  add_text(quality, "usedPhaseCount", std::to_string(origin.phases));
  add_text(quality, "usedStationCount", std::to_string(origin.stations));
  add_number(quality, "standardError", origin.standard_error_s);
  add_number(quality, "azimuthalGap", origin.azimuthal_gap_deg);
  add_number(quality, "minimumDistance", origin.nearest_station_km / kKmPerDegree);
  const std::vector<double> distances = distances_of(version);
  if (!distances.empty()) {
    const std::size_t half = distances.size() / 2;
    const double median =
        distances.size() % 2 == 1 ? distances[half] : 0.5 * (distances[half - 1] + distances[half]);
    add_number(quality, "maximumDistance", distances.back());
    add_number(quality, "medianDistance", median);
  }
}

bool has_back_azimuth(const storage::StoredArrival& arrival) {
  const auto* pick = std::get_if<storage::StoredPick>(&arrival.pick);
  return pick != nullptr &&
         std::any_of(pick->estimates.begin(), pick->estimates.end(), [](const Estimate& estimate) {
           return std::holds_alternative<BackAzimuthEstimate>(estimate.value);
         });
}

template <std::size_t kWords>
bool is_one_of(const std::string& word, const std::array<const char*, kWords>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

void QuakemlParts::add_automatic_origin(const EventVersion& version,
                                        Time created,
                                        std::span<const storage::StoredArrival> arrivals) {
  const Origin& origin = version.origin;
  pugi::xml_node node = add_element(event_, "origin");
  set_attribute(node, "publicID", ids_.origin(version.event_id, version.version));
  add_place(origin, node);
  add_text(node, "methodID", ids_.method("geod-locator"));
  add_text(node, "earthModelID", ids_.earth_model(origin.velocity_model));
  add_ellipse(origin.ellipse, node);
  add_quality(version, node);
  add_text(node, "type", "hypocenter");
  add_evaluation(node, version);
  add_comment(node, fmt::format("quality class: {}", to_string(origin.quality)));
  add_creation_info(node, created, std::to_string(version.version));
  for (const storage::StoredArrival& arrival : arrivals) {
    add_pick(arrival);
    add_arrival(node, arrival, version);
  }
}

void QuakemlParts::add_arrival(pugi::xml_node& origin,
                               const storage::StoredArrival& stored,
                               const EventVersion& version) const {
  const OriginArrival& arrival = stored.arrival;
  pugi::xml_node node = add_element(origin, "arrival");
  set_attribute(node, "publicID", ids_.arrival(version.event_id, version.version, arrival.pick_id));
  add_text(node, "pickID", ids_.pick(arrival.pick_id));
  add_text(node, "phase", to_string(arrival.phase));
  add_number(node, "azimuth", arrival.azimuth_deg);
  add_number(node, "distance", arrival.distance_km / kKmPerDegree);
  add_number(node, "timeResidual", arrival.residual_s);
  add_number(node, "timeWeight", arrival.weight);
  if (has_back_azimuth(stored)) {
    add_number(node, "backazimuthResidual", arrival.back_azimuth_residual_deg);
  }
  add_text(node, "earthModelID", ids_.earth_model(version.origin.velocity_model));
}

bool QuakemlParts::add_reviewed_origin(const ReviewedEvent& review) {
  const std::string id = ids_.given("origin", review.origin_public_id);
  if (!written_.insert(id).second) {
    return false;
  }
  pugi::xml_node node = add_element(event_, "origin");
  set_attribute(node, "publicID", id);
  add_time_quantity(node, "time", review.time);
  add_quantity(node, "latitude", review.latitude_deg);
  add_quantity(node, "longitude", review.longitude_deg);
  if (review.depth_km) {
    add_quantity(node, "depth", *review.depth_km * kMetresPerKm);
  }
  if (review.standard_error_s || review.azimuthal_gap_deg) {
    pugi::xml_node quality = add_element(node, "quality");
    add_number(quality, "standardError", review.standard_error_s);
    add_number(quality, "azimuthalGap", review.azimuthal_gap_deg);
  }
  add_reviewed_evaluation(node, review);
  add_reviewed_creation(node, review);
  if (options_.arrivals) {
    for (const ReviewedArrival& arrival : review.arrivals) {
      add_reviewed_arrival(node, arrival, review.origin_public_id);
    }
  }
  return true;
}

void QuakemlParts::add_reviewed_arrival(pugi::xml_node& origin,
                                        const ReviewedArrival& arrival,
                                        const std::string& origin_id) {
  add_reviewed_pick(arrival);
  pugi::xml_node node = add_element(origin, "arrival");
  set_attribute(node, "publicID", ids_.given_arrival(origin_id, arrival.pick_public_id));
  add_text(node, "pickID", ids_.given("pick", arrival.pick_public_id));
  if (arrival.phase_hint.empty()) {
    add_element(node, "phase");  // the schema wants one
  }
  add_text(node, "phase", arrival.phase_hint);
  add_number(node, "azimuth", arrival.azimuth_deg);
  if (arrival.distance_km) {
    add_number(node, "distance", *arrival.distance_km / kKmPerDegree);
  }
  add_number(node, "timeResidual", arrival.residual_s);
  add_number(node, "timeWeight", arrival.weight);
}

void QuakemlParts::add_evaluation(pugi::xml_node& parent, const EventVersion& version) const {
  add_text(parent, "evaluationMode", "automatic");
  add_text(parent,
           "evaluationStatus",
           version.status == EventStatus::kWithdrawn ? "rejected" : "preliminary");
}

void QuakemlParts::add_reviewed_evaluation(pugi::xml_node& parent,
                                           const ReviewedEvent& review) const {
  if (is_one_of(review.evaluation_mode, std::array{"manual", "automatic"})) {
    add_text(parent, "evaluationMode", review.evaluation_mode);
  }
  if (is_one_of(review.evaluation_status,
                std::array{"preliminary", "confirmed", "reviewed", "final", "rejected"})) {
    add_text(parent, "evaluationStatus", review.evaluation_status);
  }
}

}  // namespace geod::catalog
