#include "trainer/catalog_labels.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <variant>

#include "storage/preferred_event.hpp"

namespace geod::trainer {
namespace {

constexpr double kTrustedWeight = 0.5;

/// P or S from "P", "Pn", "Sg"; nothing from other phases.
std::optional<Phase> phase_of(const std::string& hint) {
  if (hint.starts_with('P')) {
    return Phase::kP;
  }
  return hint.starts_with('S') ? std::optional(Phase::kS) : std::nullopt;
}

/// Of the preferred magnitude and the epicentre.
struct EventFacts {
  GeoPoint epicentre;
  std::optional<double> magnitude;
};

void add_label(LabelledEvent& event,
               CatalogLabel label,
               const EventFacts& facts,
               const StationPlaces& places) {
  if (label.phase == Phase::kP) {
    label.magnitude = facts.magnitude;
    if (const auto place = places.place(label.station)) {
      const EpicentralPath path = epicentral_path(*place, facts.epicentre);
      label.distance_km = path.distance_km;
      label.back_azimuth_deg = path.back_azimuth_deg;
    }
  }
  event.labels.push_back(std::move(label));
}

/// In order of time; of a station and phase the first is kept, as Pn comes before Pg.
void tidy(LabelledEvent& event) {
  const auto place = [](const auto& each) { return std::tie(each.station, each.phase); };
  std::stable_sort(event.labels.begin(), event.labels.end(), [&](const auto& a, const auto& b) {
    return std::tuple_cat(place(a), std::tie(a.time)) < std::tuple_cat(place(b), std::tie(b.time));
  });
  event.labels.erase(
      std::unique(event.labels.begin(),
                  event.labels.end(),
                  [&](const auto& a, const auto& b) { return place(a) == place(b); }),
      event.labels.end());
  const auto by_time = [](const auto& a, const auto& b) { return a.time < b.time; };
  std::stable_sort(event.labels.begin(), event.labels.end(), by_time);
  std::stable_sort(event.doubtful.begin(), event.doubtful.end(), by_time);
}

LabelledEvent of_reviewed(const storage::StoredEvent& stored, const StationPlaces& places) {
  const ReviewedEvent& reviewed = stored.reviewed.front();
  LabelledEvent event;
  event.event_id = storage::id_of(stored);
  EventFacts facts{{reviewed.latitude_deg, reviewed.longitude_deg}, std::nullopt};
  if (!reviewed.magnitudes.empty()) {
    facts.magnitude = reviewed.magnitudes.front().value;
  }
  for (const ReviewedArrival& arrival : reviewed.arrivals) {
    const auto phase = phase_of(arrival.phase_hint);
    if (!phase || arrival.channel.station.empty()) {
      continue;
    }
    const StationId station = places.named(arrival.channel.station_id());
    const bool counts =
        arrival.evaluation_mode != "automatic" && arrival.weight.value_or(1.0) > 0.0;
    if (!counts) {
      event.doubtful.push_back({station, *phase, arrival.time});
      continue;
    }
    CatalogLabel label{station, *phase, arrival.time, {}, {}, {}, {}};
    const bool has_motion = arrival.polarity == "positive" || arrival.polarity == "negative";
    if (*phase == Phase::kP && has_motion) {
      label.polarity = arrival.polarity;
    }
    add_label(event, std::move(label), facts, places);
  }
  return event;
}

LabelledEvent of_automatic(const storage::StoredEvent& stored, const StationPlaces& places) {
  const EventVersion& version = stored.event;
  LabelledEvent event;
  event.event_id = version.event_id;
  EventFacts facts{{version.origin.latitude_deg, version.origin.longitude_deg}, std::nullopt};
  if (!version.magnitudes.empty()) {
    facts.magnitude = version.magnitudes.front().value;
  }
  for (const storage::StoredArrival& stored_arrival : stored.arrivals) {
    const auto* pick = std::get_if<storage::StoredPick>(&stored_arrival.pick);
    if (pick == nullptr) {
      continue;  // of a fibre
    }
    const StationId station = pick->pick.instrument.station_id();
    const OriginArrival& arrival = stored_arrival.arrival;
    if (arrival.weight < kTrustedWeight) {
      event.doubtful.push_back({station, arrival.phase, pick->pick.time});
    } else {
      add_label(event, {station, arrival.phase, pick->pick.time, {}, {}, {}, {}}, facts, places);
    }
  }
  return event;
}

bool is_trusted(const EventVersion& event) {
  return event.status == EventStatus::kFinal && event.kind == EventKind::kNetwork &&
         event.origin.quality <= QualityClass::kB;
}

}  // namespace

StationPlaces::StationPlaces(std::span<const storage::StationRow> rows) {
  for (const storage::StationRow& row : rows) {
    std::optional<GeoPoint>& place = places_[row.id];
    if (row.latitude_deg && row.longitude_deg) {
      place = GeoPoint{*row.latitude_deg, *row.longitude_deg};
    }
  }
}

StationId StationPlaces::named(const StationId& id) const {
  if (!id.network.empty()) {
    return id;
  }
  const StationId* only = nullptr;
  for (const auto& [known, place] : places_) {
    if (known.station == id.station) {
      if (only != nullptr) {
        return id;
      }
      only = &known;
    }
  }
  return only == nullptr ? id : *only;
}

std::optional<GeoPoint> StationPlaces::place(const StationId& id) const {
  const auto found = places_.find(id);
  return found == places_.end() ? std::nullopt : found->second;
}

std::vector<LabelledEvent> catalog_labels(std::span<const storage::StoredEvent> events,
                                          const StationPlaces& places,
                                          bool with_automatic,
                                          LabelCounts& counts) {
  std::vector<LabelledEvent> labelled;
  for (const storage::StoredEvent& stored : events) {
    const bool is_reviewed = !stored.reviewed.empty();
    if (is_reviewed && stored.reviewed.front().type == "not existing") {
      ++counts.no_earthquake;
      continue;
    }
    if (!is_reviewed && (!with_automatic || !is_trusted(stored.event))) {
      counts.not_trusted += with_automatic ? 1 : 0;
      continue;
    }
    LabelledEvent event = is_reviewed ? of_reviewed(stored, places) : of_automatic(stored, places);
    if (event.labels.empty()) {
      counts.without_picks += is_reviewed ? 1 : 0;
      continue;
    }
    ++(is_reviewed ? counts.reviewed : counts.automatic);
    tidy(event);
    labelled.push_back(std::move(event));
  }
  std::stable_sort(labelled.begin(), labelled.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first(), a.event_id) < std::pair(b.first(), b.event_id);
  });
  return labelled;
}

}  // namespace geod::trainer
