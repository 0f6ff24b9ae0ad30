#include "daemon/association_sites.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace geod {
namespace {

/// The place is part of it: a station that was moved is another site.
std::string key_of(const StationId& station, const catalog::Position& position) {
  return fmt::format("{}@{:.5f},{:.5f},{:.1f}",
                     station.to_string(),
                     position.latitude_deg,
                     position.longitude_deg,
                     position.elevation_m);
}

std::string key_of(const std::string& fibre_id, const catalog::FibrePoint& point) {
  return fmt::format("{}:{}@{:.5f},{:.5f},{:.1f}",
                     fibre_id,
                     point.channel,
                     point.position.latitude_deg,
                     point.position.longitude_deg,
                     point.position.elevation_m);
}

template <class Key, class Map>
bool hear_in(Map& map, const Key& key, Time to) {
  const auto [heard, is_new] = map.try_emplace(key, to);
  heard->second = std::max(heard->second, to);
  return is_new;
}

/// Times at which something begins or ends at a station.
using Borders = std::map<StationId, std::set<Time>>;

void add_borders(const StationId& station, const catalog::Epoch& epoch, Borders& borders) {
  const auto found = borders.find(station);
  if (found != borders.end()) {
    found->second.insert(epoch.start);
    found->second.insert(epoch.end);
  }
}

}  // namespace

void AssociationSites::take_up(std::shared_ptr<const Places> places) {
  places_ = std::move(places);
  configured_.clear();
  for (const auto& [fibre_id, positions] : places_->fibres) {
    configured_[fibre_id].push_back({Time::min(), positions, positions.spaced(kFibreSpacing_m)});
  }
}

void AssociationSites::take_up_told(std::span<const FibrePlacesChange> told) {
  told_.clear();
  for (const FibrePlacesChange& change : told) {
    std::vector<catalog::FibrePoint> points;
    for (const FibrePlace& place : change.places) {
      points.push_back(
          {place.channel, {place.latitude_deg, place.longitude_deg, place.elevation_m, 0.0}});
    }
    if (auto positions = catalog::FibrePositions::make(std::move(points))) {
      auto apertures = positions->spaced(kFibreSpacing_m);
      told_[change.fibre_id].push_back({change.from, std::move(*positions), std::move(apertures)});
    }
  }
}

/// Null when nobody says where it lies; else one at least.
const std::vector<AssociationSites::Course>* AssociationSites::courses_of(
    const std::string& fibre_id) const {
  if (const auto found = configured_.find(fibre_id); found != configured_.end()) {
    return &found->second;
  }
  const auto found = told_.find(fibre_id);
  return found == told_.end() ? nullptr : &found->second;
}

bool AssociationSites::hear(const StationId& station, Time to) {
  return hear_in(stations_, station, to);
}

bool AssociationSites::hear_fibre(const std::string& fibre_id, Time to) {
  return hear_in(fibres_, fibre_id, to);
}

std::vector<catalog::AssociationSite> AssociationSites::in_force(Time since, Time to) const {
  Borders borders;
  for (const auto& [station, heard] : stations_) {
    if (heard >= since) {
      borders[station] = {since, to};
    }
  }
  for (const catalog::ChannelEpoch& channel : places_->inventory.channels()) {
    add_borders(channel.source_id.station_id(), channel.epoch, borders);
  }
  for (const catalog::StationEpoch& station : places_->inventory.stations()) {
    add_borders(station.station, station.epoch, borders);
  }
  std::map<std::string, catalog::AssociationSite> sites;
  for (const auto& [station, times] : borders) {
    const auto known = known_.find(station.to_string());
    const auto delays = known == known_.end() ? config::CatalogStationConfig{} : known->second;
    for (auto time = times.lower_bound(since); time != times.end() && *time <= to; ++time) {
      if (const auto position = places_->inventory.position_at(station, *time)) {
        const std::string key = key_of(station, *position);
        sites[key] = {key,
                      position->latitude_deg,
                      position->longitude_deg,
                      position->elevation_km(),
                      "",
                      delays.p_delay_s,
                      delays.s_delay_s};
      }
    }
  }
  for (const auto& [fibre_id, heard] : fibres_) {
    if (heard >= since) {
      add_fibre(fibre_id, since, to, sites);
    }
  }
  std::vector<catalog::AssociationSite> in_force;
  in_force.reserve(sites.size());
  for (auto& [key, site] : sites) {
    in_force.push_back(std::move(site));
  }
  return in_force;
}

/// The sites along all of its courses of [since, to].
void AssociationSites::add_fibre(const std::string& fibre_id,
                                 Time since,
                                 Time to,
                                 std::map<std::string, catalog::AssociationSite>& sites) const {
  const std::vector<Course>* const courses = courses_of(fibre_id);
  for (std::size_t i = 0; courses != nullptr && i < courses->size(); ++i) {
    const bool is_over = i + 1 < courses->size() && (*courses)[i + 1].from <= since;
    const bool has_begun = i == 0 || (*courses)[i].from <= to;
    if (is_over || !has_begun) {
      continue;
    }
    for (const catalog::FibrePoint& point : (*courses)[i].apertures) {
      const std::string key = key_of(fibre_id, point);
      sites[key] = {key,
                    point.position.latitude_deg,
                    point.position.longitude_deg,
                    point.position.elevation_km(),
                    fibre_id};
    }
  }
}

std::optional<std::string> AssociationSites::site_of(const StationId& station, Time time) const {
  const auto position = places_->inventory.position_at(station, time);
  return position ? std::optional(key_of(station, *position)) : std::nullopt;
}

std::optional<std::string> AssociationSites::site_of(const std::string& fibre_id,
                                                     std::int64_t channel,
                                                     Time time) const {
  const std::vector<Course>* const courses = courses_of(fibre_id);
  if (courses == nullptr) {
    return std::nullopt;
  }
  const auto next = std::find_if(std::next(courses->begin()),
                                 courses->end(),
                                 [time](const Course& course) { return course.from > time; });
  const Course& course = *std::prev(next);
  if (!course.positions.at(channel)) {
    return std::nullopt;
  }
  const auto nearest = std::min_element(
      course.apertures.begin(), course.apertures.end(), [channel](const auto& a, const auto& b) {
        return std::abs(a.channel - channel) < std::abs(b.channel - channel);
      });
  return key_of(fibre_id, *nearest);
}

std::vector<std::string> AssociationSites::stations_without_place(Time since) const {
  std::vector<std::string> names;
  for (const auto& [station, heard] : stations_) {
    if (heard >= since && !places_->inventory.position_at(station, heard)) {
      names.push_back(station.to_string());
    }
  }
  return names;
}

std::vector<std::string> AssociationSites::fibres_without_place(Time since) const {
  std::vector<std::string> names;
  for (const auto& [fibre_id, heard] : fibres_) {
    if (heard >= since && courses_of(fibre_id) == nullptr) {
      names.push_back(fibre_id);
    }
  }
  return names;
}

std::map<std::string, std::string> AssociationSites::sources_of_fibres(Time since) const {
  std::map<std::string, std::string> sources;
  for (const auto& [fibre_id, heard] : fibres_) {
    if (heard >= since && courses_of(fibre_id) != nullptr) {
      sources[fibre_id] = configured_.contains(fibre_id) ? "catalog.fibres" : "publisher";
    }
  }
  return sources;
}

bool same_sites(const std::vector<catalog::AssociationSite>& a,
                const std::vector<catalog::AssociationSite>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.key == y.key;
  });
}

}  // namespace geod
