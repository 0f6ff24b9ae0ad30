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
  summary.standard_error_s = origin.standard_error_s;
  summary.azimuthal_gap_deg = origin.azimuthal_gap_deg;
  summary.nearest_station_km = origin.nearest_station_km;
  summary.stations = origin.stations;
  summary.type = event.status == EventStatus::kWithdrawn ? "not existing" : "earthquake";
}

void fill_reviewed(const ReviewedEvent& event, EventSummary& summary) {
  summary.standard_error_s = event.standard_error_s;
  summary.azimuthal_gap_deg = event.azimuthal_gap_deg;
  summary.agency = event.agency;
  summary.author = event.author;
  summary.type = quakeml_event_type(event.type);
  summary.description = event.description;
  summary.magnitude_is_reviewed = !event.magnitudes.empty();
}

}  // namespace

EventSummary summary_of(const storage::StoredEvent& stored) {
  EventSummary summary;
  summary.preferred = storage::preferred_of(stored);
  summary.id = storage::id_of(stored);
  summary.updated = stored.inserted;
  if (summary.preferred.is_reviewed) {
    fill_reviewed(stored.reviewed.front(), summary);
  } else {
    fill_automatic(stored.event, summary);
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
