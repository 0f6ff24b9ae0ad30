#include "service/station_query.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace geod::service {
namespace {

using catalog::ChannelEpoch;
using catalog::Epoch;
using catalog::Inventory;
using catalog::Position;
using catalog::StationEpoch;
using catalog::StationLevel;

constexpr std::array<std::string_view, 4> kLevels{"station", "network", "channel", "response"};
constexpr std::array<std::string_view, 2> kFormats{"xml", "text"};
constexpr std::array<std::string_view, 2> kNoData{"204", "404"};

bool fits_any(const std::vector<std::string>& patterns, std::string_view text) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(), [text](const std::string& pattern) {
           return fits_pattern(pattern, text);
         });
}

bool fits_time(const Epoch& epoch, const StationQuery& query) {
  const bool is_open = epoch.end == Time::max();
  return (!query.from || epoch.end > *query.from) && (!query.to || epoch.start < *query.to) &&
         (!query.start_before || epoch.start < *query.start_before) &&
         (!query.start_after || epoch.start > *query.start_after) &&
         (!query.end_before || (!is_open && epoch.end < *query.end_before)) &&
         (!query.end_after || epoch.end > *query.end_after);
}

bool fits_place(const Position& position, const StationQuery& query) {
  const double longitude = position.longitude_deg;
  const bool is_across = query.min_longitude_deg > query.max_longitude_deg;
  const bool is_east = longitude >= query.min_longitude_deg;
  const bool is_west = longitude <= query.max_longitude_deg;
  if (position.latitude_deg < query.min_latitude_deg ||
      position.latitude_deg > query.max_latitude_deg ||
      !(is_across ? is_east || is_west : is_east && is_west)) {
    return false;
  }
  if (!query.radius) {
    return true;
  }
  const double distance_deg = arc_deg(query.radius->latitude_deg,
                                      query.radius->longitude_deg,
                                      position.latitude_deg,
                                      position.longitude_deg);
  return distance_deg >= query.radius->min_deg && distance_deg <= query.radius->max_deg;
}

bool fits_codes(const StationId& id, const StationQuery& query) {
  return fits_any(query.networks, id.network) && fits_any(query.stations, id.station);
}

std::string channel_code(const SourceId& id) {
  return id.band + id.source + id.subsource;
}

bool fits_channel(const ChannelEpoch& channel, const StationQuery& query) {
  return fits_codes(channel.source_id.station_id(), query) &&
         fits_any(query.locations, channel.source_id.location) &&
         fits_any(query.channels, channel_code(channel.source_id)) &&
         fits_time(channel.epoch, query) && fits_place(channel.position, query);
}

/// Those of the inventory, and one for each station of which only channels are known.
std::vector<StationEpoch> all_stations(const Inventory& inventory) {
  std::vector<StationEpoch> stations = inventory.stations();
  std::map<StationId, StationEpoch> made;
  for (const ChannelEpoch& channel : inventory.channels()) {
    const StationId id = channel.source_id.station_id();
    const auto [at, is_new] = made.try_emplace(id);
    StationEpoch& station = at->second;
    if (is_new) {
      station = {id, channel.epoch, channel.position.ground(), ""};
    }
    station.epoch.start = std::min(station.epoch.start, channel.epoch.start);
    station.epoch.end = std::max(station.epoch.end, channel.epoch.end);
  }
  for (const StationEpoch& station : inventory.stations()) {
    made.erase(station.station);
  }
  for (auto& [id, station] : made) {
    stations.push_back(std::move(station));
  }
  std::stable_sort(stations.begin(), stations.end(), [](const auto& a, const auto& b) {
    return std::tie(a.station, a.epoch.start) < std::tie(b.station, b.epoch.start);
  });
  return stations;
}

bool overlap(const Epoch& a, const Epoch& b) {
  return a.start < b.end && b.start < a.end;
}

using ChannelsOfStations = std::map<StationId, std::vector<const ChannelEpoch*>>;

ChannelsOfStations fitting_channels(const Inventory& inventory, const StationQuery& query) {
  ChannelsOfStations fitting;
  for (const ChannelEpoch& channel : inventory.channels()) {
    if (fits_channel(channel, query)) {
      fitting[channel.source_id.station_id()].push_back(&channel);
    }
  }
  return fitting;
}

/// Whether a channel of the station was in force while it was.
bool has_one_meanwhile(const ChannelsOfStations& channels, const StationEpoch& station) {
  const auto own = channels.find(station.station);
  return own != channels.end() &&
         std::any_of(own->second.begin(), own->second.end(), [&station](const ChannelEpoch* each) {
           return overlap(each->epoch, station.epoch);
         });
}

}  // namespace

std::span<const ParameterInfo> station_parameters() {
  static constexpr std::array kParameters{
      ParameterInfo{"starttime", "start", "xs:dateTime"},
      ParameterInfo{"endtime", "end", "xs:dateTime"},
      ParameterInfo{"startbefore", "", "xs:dateTime"},
      ParameterInfo{"startafter", "", "xs:dateTime"},
      ParameterInfo{"endbefore", "", "xs:dateTime"},
      ParameterInfo{"endafter", "", "xs:dateTime"},
      ParameterInfo{"network", "net", "xs:string"},
      ParameterInfo{"station", "sta", "xs:string"},
      ParameterInfo{"location", "loc", "xs:string"},
      ParameterInfo{"channel", "cha", "xs:string"},
      ParameterInfo{"minlatitude", "minlat", "xs:double", "-90"},
      ParameterInfo{"maxlatitude", "maxlat", "xs:double", "90"},
      ParameterInfo{"minlongitude", "minlon", "xs:double", "-180"},
      ParameterInfo{"maxlongitude", "maxlon", "xs:double", "180"},
      ParameterInfo{"latitude", "lat", "xs:double", "0"},
      ParameterInfo{"longitude", "lon", "xs:double", "0"},
      ParameterInfo{"minradius", "", "xs:double", "0"},
      ParameterInfo{"maxradius", "", "xs:double", "180"},
      ParameterInfo{"level", "", "xs:string", "station", "network,station,channel,response"},
      ParameterInfo{"includerestricted", "", "xs:boolean", "true"},
      ParameterInfo{"includeavailability", "", "xs:boolean", "false"},
      ParameterInfo{"matchtimeseries", "", "xs:boolean", "false"},
      ParameterInfo{"updatedafter", "", "xs:dateTime"},
      ParameterInfo{"format", "", "xs:string", "xml", "xml,text"},
      ParameterInfo{"nodata", "", "xs:int", "204", "204,404"}};
  return kParameters;
}

StationQuery StationQuery::read(Parameters& parameters) {
  StationQuery query;
  query.networks = parameters.list("network");
  query.stations = parameters.list("station");
  query.locations = parameters.list("location");
  for (std::string& location : query.locations) {
    location = location == "--" || location == "  " ? "" : location;
  }
  query.channels = parameters.list("channel");
  query.from = parameters.time("starttime");
  query.to = parameters.time("endtime");
  query.start_before = parameters.time("startbefore");
  query.start_after = parameters.time("startafter");
  query.end_before = parameters.time("endbefore");
  query.end_after = parameters.time("endafter");
  query.updated_after = parameters.time("updatedafter");
  query.min_latitude_deg = parameters.number("minlatitude", -90.0, 90.0).value_or(-90.0);
  query.max_latitude_deg = parameters.number("maxlatitude", -90.0, 90.0).value_or(90.0);
  query.min_longitude_deg = parameters.number("minlongitude", -180.0, 180.0).value_or(-180.0);
  query.max_longitude_deg = parameters.number("maxlongitude", -180.0, 180.0).value_or(180.0);
  query.radius = read_radius(parameters);
  const std::string level = parameters.one_of("level", kLevels);
  query.level = level == "network"   ? StationLevel::kNetwork
                : level == "channel" ? StationLevel::kChannel
                : level == "station" ? StationLevel::kStation
                                     : StationLevel::kResponse;
  query.is_text = parameters.one_of("format", kFormats) == "text";
  parameters.one_of("nodata", kNoData);
  parameters.flag("includerestricted");  // nothing is restricted
  for (const std::string_view name : {"includeavailability", "matchtimeseries"}) {
    if (parameters.flag(name)) {
      parameters.add_fault(std::string(name) + ": the server does not tell what data there are.");
    }
  }
  if (query.is_text && query.level == StationLevel::kResponse) {
    parameters.add_fault("Responses are told as xml only: take format=xml or level=channel.");
  }
  if (query.from && query.to && *query.from > *query.to) {
    parameters.add_fault("starttime lies after endtime.");
  }
  return query;
}

Inventory select_stations(const Inventory& inventory, const StationQuery& query) {
  const bool wants_channels =
      query.level == StationLevel::kChannel || query.level == StationLevel::kResponse;
  const bool asks_by_channel = !query.locations.empty() || !query.channels.empty();
  const ChannelsOfStations fitting =
      wants_channels || asks_by_channel ? fitting_channels(inventory, query) : ChannelsOfStations{};
  std::vector<StationEpoch> stations;
  for (StationEpoch& station : all_stations(inventory)) {
    const bool has_channel = has_one_meanwhile(fitting, station);
    const bool fits_itself = fits_codes(station.station, query) &&
                             fits_time(station.epoch, query) && fits_place(station.position, query);
    if (wants_channels ? has_channel : fits_itself && (!asks_by_channel || has_channel)) {
      stations.push_back(std::move(station));
    }
  }
  std::vector<ChannelEpoch> channels;
  if (wants_channels) {
    for (const auto& [id, epochs] : fitting) {
      for (const ChannelEpoch* channel : epochs) {
        channels.push_back(*channel);
      }
    }
  }
  auto selected = Inventory::make(std::move(channels), std::move(stations));
  GEOD_CHECK(selected.has_value(), "a part of a valid inventory is valid");
  return std::move(*selected);
}

}  // namespace geod::service
