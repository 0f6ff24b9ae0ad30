#include "daemon/told_places.hpp"

#include <utility>

#include "catalog/fibre_metadata.hpp"
#include "core/log.hpp"

namespace geod {

void ToldPlaces::take(const streams::FibreMetadata& metadata) {
  const auto positions = catalog::parse_fibre_metadata(metadata.json);
  if (!positions) {
    spdlog::error(
        "msg=\"a publisher tells no places of its fibre, what was told before stays\" "
        "fibre={} reason=\"{}\"",
        metadata.fibre_id,
        positions.error().what);
    return;
  }
  if (!*positions) {
    return;
  }
  std::vector<FibrePlace> places;
  places.reserve((*positions)->points().size());
  for (const catalog::FibrePoint& point : (*positions)->points()) {
    places.push_back({point.channel,
                      point.position.latitude_deg,
                      point.position.longitude_deg,
                      point.position.elevation_m});
  }
  Fibre& fibre = fibres_[metadata.fibre_id];
  if (places == fibre.places || fibre.changes > kMostChanges) {
    return;
  }
  if (++fibre.changes > kMostChanges) {
    spdlog::error(
        "msg=\"a publisher moves its fibre again and again, no further place is taken; "
        "send it metadata that stays\" fibre={} changes={}",
        metadata.fibre_id,
        kMostChanges);
    return;
  }
  fibre.places = std::move(places);
  fibre.is_waiting = true;
}

std::optional<FibrePlacesChange> ToldPlaces::change_at(const std::string& fibre_id, Time from) {
  const auto fibre = fibres_.find(fibre_id);
  if (fibre == fibres_.end() || !std::exchange(fibre->second.is_waiting, false)) {
    return std::nullopt;
  }
  spdlog::info("msg=\"a publisher tells where its fibre lies\" fibre={} places={} from={}",
               fibre_id,
               fibre->second.places.size(),
               to_iso(from));
  return FibrePlacesChange{fibre_id, from, fibre->second.places};
}

}  // namespace geod
