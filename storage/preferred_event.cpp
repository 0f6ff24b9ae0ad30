#include "storage/preferred_event.hpp"

namespace geod::storage {

const std::string& id_of(const StoredEvent& stored) {
  return stored.event.version > 0 || stored.reviewed.empty() ? stored.event.event_id
                                                             : stored.reviewed.front().public_id;
}

PreferredEvent preferred_of(const StoredEvent& stored) {
  const Origin& origin = stored.event.origin;
  PreferredEvent preferred;
  if (stored.reviewed.empty()) {
    preferred.time = origin.time;
    preferred.latitude_deg = origin.latitude_deg;
    preferred.longitude_deg = origin.longitude_deg;
    preferred.depth_km = origin.depth_km;
    preferred.quality = origin.quality;
    preferred.is_withdrawn = stored.event.status == EventStatus::kWithdrawn;
  } else {
    const ReviewedEvent& review = stored.reviewed.front();
    preferred.time = review.time;
    preferred.latitude_deg = review.latitude_deg;
    preferred.longitude_deg = review.longitude_deg;
    preferred.depth_km = review.depth_km;
    preferred.is_reviewed = true;
    preferred.is_withdrawn = review.type == "not existing";
    if (!review.magnitudes.empty()) {
      const ReviewedMagnitude& magnitude = review.magnitudes.front();
      preferred.magnitude = magnitude.value;
      preferred.magnitude_type = magnitude.type;
      preferred.magnitude_uncertainty = magnitude.uncertainty;
      preferred.magnitude_stations = magnitude.stations;
      return preferred;
    }
  }
  if (!stored.event.magnitudes.empty()) {
    const Magnitude& magnitude = stored.event.magnitudes.front();
    preferred.magnitude = magnitude.value;
    preferred.magnitude_type = to_string(magnitude.type);
    preferred.magnitude_uncertainty = magnitude.uncertainty;
    preferred.magnitude_stations = magnitude.stations;
  }
  return preferred;
}

}  // namespace geod::storage
