#include "daemon/association_sites.hpp"

#include <algorithm>
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

std::string key_of(const std::string& fibre_id, std::int64_t channel) {
  return fmt::format("{}:{}", fibre_id, channel);
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
  apertures_.clear();
  for (const auto& [fibre_id, positions] : places_->fibres) {
    apertures_.emplace(fibre_id, positions.spaced(kFibreSpacing_m));
  }
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
    const auto apertures = apertures_.find(fibre_id);
    if (heard < since || apertures == apertures_.end()) {
      continue;
    }
    for (const catalog::FibrePoint& point : apertures->second) {
      const std::string key = key_of(fibre_id, point.channel);
      sites[key] = {key,
                    point.position.latitude_deg,
                    point.position.longitude_deg,
                    point.position.elevation_km(),
                    fibre_id};
    }
  }
  std::vector<catalog::AssociationSite> in_force;
  in_force.reserve(sites.size());
  for (auto& [key, site] : sites) {
    in_force.push_back(std::move(site));
  }
  return in_force;
}

std::optional<std::string> AssociationSites::site_of(const StationId& station, Time time) const {
  const auto position = places_->inventory.position_at(station, time);
  return position ? std::optional(key_of(station, *position)) : std::nullopt;
}

std::optional<std::string> AssociationSites::site_of(const std::string& fibre_id,
                                                     std::int64_t channel) const {
  const auto positions = places_->fibres.find(fibre_id);
  if (positions == places_->fibres.end() || !positions->second.at(channel)) {
    return std::nullopt;
  }
  const std::vector<catalog::FibrePoint>& apertures = apertures_.find(fibre_id)->second;
  const auto nearest =
      std::min_element(apertures.begin(), apertures.end(), [channel](const auto& a, const auto& b) {
        return std::abs(a.channel - channel) < std::abs(b.channel - channel);
      });
  return key_of(fibre_id, nearest->channel);
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
    if (heard >= since && !places_->fibres.contains(fibre_id)) {
      names.push_back(fibre_id);
    }
  }
  return names;
}

bool same_sites(const std::vector<catalog::AssociationSite>& a,
                const std::vector<catalog::AssociationSite>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.key == y.key;
  });
}

}  // namespace geod
