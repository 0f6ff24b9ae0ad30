#include "daemon/site_list.hpp"

#include <map>
#include <sstream>
#include <utility>

namespace geod {
namespace {

bool overlaps(const catalog::Epoch& epoch, const TimeSpan& span) {
  return epoch.start <= span.to && epoch.end > span.from;
}

bool is_vertical(const SourceId& id) {
  return id.subsource == "Z";
}

void move_to(Site& site, const catalog::Position& position) {
  site.latitude_deg = position.latitude_deg;
  site.longitude_deg = position.longitude_deg;
}

}  // namespace

std::vector<Site> sites_of(const catalog::Inventory& inventory, const TimeSpan& span) {
  std::map<StationId, Site> sites;
  for (const catalog::StationEpoch& station : inventory.stations()) {
    if (overlaps(station.epoch, span)) {
      Site& site = sites[station.station];
      site.id = station.station;
      move_to(site, station.position);
    }
  }
  for (const catalog::ChannelEpoch& channel : inventory.channels()) {
    if (!overlaps(channel.epoch, span)) {
      continue;
    }
    const StationId id = channel.source_id.station_id();
    const bool is_new = !sites.contains(id);
    Site& site = sites[id];
    if (is_new) {
      site.id = id;
      move_to(site, channel.position);
    }
    if (is_vertical(channel.source_id) &&
        (site.verticals.empty() || site.verticals.back() != channel.source_id)) {
      site.verticals.push_back(channel.source_id);
    }
  }
  std::vector<Site> list;
  list.reserve(sites.size());
  for (auto& [id, site] : sites) {
    list.push_back(std::move(site));
  }
  return list;
}

std::vector<Site> sites_of(const std::vector<storage::StationRow>& rows) {
  std::vector<Site> list;
  for (const storage::StationRow& row : rows) {
    if (!row.latitude_deg || !row.longitude_deg) {
      continue;
    }
    Site site{row.id, *row.latitude_deg, *row.longitude_deg, {}};
    std::istringstream channels(row.channels);
    for (std::string text; channels >> text;) {  // "00.HHZ"
      const std::size_t dot = text.find('.');
      const auto channel =
          SourceId::from_seed(row.id.network,
                              row.id.station,
                              text.substr(0, dot),
                              dot == std::string::npos ? "" : text.substr(dot + 1));
      if (channel && is_vertical(*channel)) {
        site.verticals.push_back(*channel);
      }
    }
    list.push_back(std::move(site));
  }
  return list;
}

Result<std::vector<Site>> read_sites(const std::vector<std::string>& files, const TimeSpan& span) {
  std::map<StationId, Site> sites;
  for (const std::string& file : files) {
    const auto inventory = catalog::read_inventory(file);
    if (!inventory) {
      return tl::unexpected(inventory.error());
    }
    for (Site& site : sites_of(*inventory, span)) {
      sites.emplace(site.id, std::move(site));
    }
  }
  std::vector<Site> list;
  list.reserve(sites.size());
  for (auto& [id, site] : sites) {
    list.push_back(std::move(site));
  }
  return list;
}

}  // namespace geod
