#include "catalog/geojson.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "catalog/clean_text.hpp"
#include "catalog/degrees.hpp"
#include "catalog/event_summary.hpp"

namespace geod::catalog {
namespace {

using Json = nlohmann::ordered_json;

std::int64_t milliseconds(Time time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

/// Rounded to one part in `parts`, so that no digits are told that mean nothing.
Json number(std::optional<double> value, double parts) {
  if (!value || !std::isfinite(*value)) {
    return nullptr;
  }
  return std::round(*value * parts) / parts;
}

Json text(const std::string& value) {
  return value.empty() ? Json(nullptr) : Json(clean_text(value));
}

std::string status_of(const EventSummary& event) {
  return event.preferred.is_withdrawn  ? "deleted"
         : event.preferred.is_reviewed ? "reviewed"
                                       : "automatic";
}

std::string title_of(const EventSummary& event) {
  const std::string size =
      event.preferred.magnitude
          ? fmt::format("{} {:.1f}", event.preferred.magnitude_type, *event.preferred.magnitude)
          : std::string("Event");
  return clean_text(event.description.empty() ? size : size + " - " + event.description);
}

Json automatic_part(const EventVersion& event) {
  const Origin& origin = event.origin;
  return {{"version", event.version},
          {"status", to_string(event.status)},
          {"kind", to_string(event.kind)},
          {"quality", to_string(origin.quality)},
          {"time", to_iso(origin.time)},
          {"timeSigmaS", number(origin.time_sigma_s, 1e3)},
          {"depthSigmaKm", number(origin.depth_sigma_km, 1e2)},
          {"depthIsFixed", origin.depth_is_fixed},
          {"ellipseMajorKm", number(origin.ellipse.major_km, 1e3)},
          {"ellipseMinorKm", number(origin.ellipse.minor_km, 1e3)},
          {"ellipseAzimuthDeg", number(origin.ellipse.major_azimuth_deg, 1e1)},
          {"phases", origin.phases},
          {"velocityModel", clean_text(origin.velocity_model)}};
}

}  // namespace

std::string GeojsonWriter::header(Time generated) const {
  return fmt::format(
      "{{\"type\":\"FeatureCollection\",\"metadata\":{{\"generated\":{},\"title\":\"geod "
      "events\"}},\"features\":[",
      milliseconds(generated));
}

std::string GeojsonWriter::feature(const storage::StoredEvent& stored) {
  const EventSummary event = summary_of(stored);
  std::optional<double> nearest_deg;
  if (event.nearest_station_km) {
    nearest_deg = *event.nearest_station_km / kKmPerDegree;
  }
  Json properties{{"mag", number(event.preferred.magnitude, 1e2)},
                  {"magType", text(event.preferred.magnitude_type)},
                  {"place", text(event.description)},
                  {"time", milliseconds(event.preferred.time)},
                  {"updated", milliseconds(event.updated)},
                  {"status", status_of(event)},
                  {"type", text(event.type)},
                  {"nst", event.stations ? Json(*event.stations) : Json(nullptr)},
                  {"gap", number(event.azimuthal_gap_deg, 1e1)},
                  {"rms", number(event.standard_error_s, 1e3)},
                  {"dmin", number(nearest_deg, 1e4)},
                  {"net", text(agency_)},
                  {"code", clean_text(event.id)},
                  {"ids", "," + clean_text(event.id) + ","},
                  {"title", title_of(event)}};
  if (stored.event.version > 0) {
    properties["geod"] = automatic_part(stored.event);
  }
  Json coordinates = Json::array(
      {number(event.preferred.longitude_deg, 1e6), number(event.preferred.latitude_deg, 1e6)});
  if (event.preferred.depth_km) {
    coordinates.push_back(number(event.preferred.depth_km, 1e3));
  }
  const Json feature{{"type", "Feature"},
                     {"properties", std::move(properties)},
                     {"geometry", {{"type", "Point"}, {"coordinates", std::move(coordinates)}}},
                     {"id", clean_text(event.id)}};
  const std::string comma = is_first_ ? "\n" : ",\n";
  is_first_ = false;
  return comma + feature.dump();
}

std::string GeojsonWriter::footer() const {
  return "\n]}\n";
}

}  // namespace geod::catalog
