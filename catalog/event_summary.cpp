#include "catalog/event_summary.hpp"

#include <algorithm>
#include <string_view>

namespace geod::catalog {
namespace {

constexpr std::string_view kEventTypes[] = {
    "not existing",
    "not reported",
    "earthquake",
    "anthropogenic event",
    "collapse",
    "cavity collapse",
    "mine collapse",
    "building collapse",
    "explosion",
    "accidental explosion",
    "chemical explosion",
    "controlled explosion",
    "experimental explosion",
    "industrial explosion",
    "mining explosion",
    "quarry blast",
    "road cut",
    "blasting levee",
    "nuclear explosion",
    "induced or triggered event",
    "rock burst",
    "reservoir loading",
    "fluid injection",
    "fluid extraction",
    "crash",
    "plane crash",
    "train crash",
    "boat crash",
    "other event",
    "atmospheric event",
    "sonic boom",
    "sonic blast",
    "acoustic noise",
    "thunder",
    "avalanche",
    "snow avalanche",
    "debris avalanche",
    "hydroacoustic event",
    "ice quake",
    "slide",
    "landslide",
    "rockslide",
    "meteorite",
    "volcanic eruption",
};

void fill_automatic(const EventVersion& event, EventSummary& summary) {
  const Origin& origin = event.origin;
  summary.is_withdrawn = event.status == EventStatus::kWithdrawn;
  summary.time = origin.time;
  summary.latitude_deg = origin.latitude_deg;
  summary.longitude_deg = origin.longitude_deg;
  summary.depth_km = origin.depth_km;
  summary.standard_error_s = origin.standard_error_s;
  summary.azimuthal_gap_deg = origin.azimuthal_gap_deg;
  summary.nearest_station_km = origin.nearest_station_km;
  summary.stations = origin.stations;
  summary.quality = origin.quality;
  summary.type = summary.is_withdrawn ? "not existing" : "earthquake";
}

void fill_reviewed(const ReviewedEvent& event, EventSummary& summary) {
  summary.is_reviewed = true;
  summary.time = event.time;
  summary.latitude_deg = event.latitude_deg;
  summary.longitude_deg = event.longitude_deg;
  summary.depth_km = event.depth_km;
  summary.standard_error_s = event.standard_error_s;
  summary.azimuthal_gap_deg = event.azimuthal_gap_deg;
  summary.agency = event.agency;
  summary.author = event.author;
  summary.type = quakeml_event_type(event.type);
  summary.is_withdrawn = summary.type == "not existing";
  summary.description = event.description;
}

}  // namespace

EventSummary summary_of(const storage::StoredEvent& stored) {
  EventSummary summary;
  summary.updated = stored.inserted;
  const bool is_ours = stored.event.version > 0;
  const ReviewedEvent* review = stored.reviewed.empty() ? nullptr : &stored.reviewed.front();
  if (review != nullptr) {
    fill_reviewed(*review, summary);
  } else {
    fill_automatic(stored.event, summary);
  }
  summary.id = is_ours || review == nullptr ? stored.event.event_id : review->public_id;
  if (review != nullptr && !review->magnitudes.empty()) {
    const ReviewedMagnitude& magnitude = review->magnitudes.front();
    summary.magnitude = magnitude.value;
    summary.magnitude_uncertainty = magnitude.uncertainty;
    summary.magnitude_type = magnitude.type;
    summary.magnitude_is_reviewed = true;
  } else if (!stored.event.magnitudes.empty()) {
    const Magnitude& magnitude = stored.event.magnitudes.front();
    summary.magnitude = magnitude.value;
    if (magnitude.stations > 1) {
      summary.magnitude_uncertainty = magnitude.uncertainty;
    }
    summary.magnitude_type = to_string(magnitude.type);
  }
  return summary;
}

std::string quakeml_event_type(const std::string& type) {
  const bool is_known =
      type.empty() ||
      std::find(std::begin(kEventTypes), std::end(kEventTypes), type) != std::end(kEventTypes);
  return is_known ? type : "other event";
}

}  // namespace geod::catalog
