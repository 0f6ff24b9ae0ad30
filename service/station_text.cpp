#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>

#include "service/station_query.hpp"

namespace geod::service {
namespace {

using catalog::ChannelEpoch;
using catalog::StationEpoch;

/// An open end, and a start that nobody wrote down, are empty.
std::string time_text(Time time) {
  if (time == Time::min() || time == Time::max()) {
    return {};
  }
  std::string text = to_iso(time, 6);
  text.pop_back();
  return text;
}

std::string number_text(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : std::string();
}

/// Without what would end a field or a line.
std::string field_text(std::string text) {
  std::replace_if(
      text.begin(),
      text.end(),
      [](char c) { return c == '|' || static_cast<unsigned char>(c) < 0x20; },
      ' ');
  return text;
}

std::string network_lines(const StationSelection& selection) {
  struct Network {
    catalog::Epoch epoch;
    std::set<std::string> stations;
  };
  std::map<std::string, Network> networks;
  for (const StationEpoch& station : selection.stations) {
    const auto [at, is_new] = networks.try_emplace(station.station.network);
    Network& network = at->second;
    network.epoch.start =
        is_new ? station.epoch.start : std::min(network.epoch.start, station.epoch.start);
    network.epoch.end = is_new ? station.epoch.end : std::max(network.epoch.end, station.epoch.end);
    network.stations.insert(station.station.station);
  }
  std::string text = "#Network|Description|StartTime|EndTime|TotalStations\n";
  for (const auto& [code, network] : networks) {
    text += fmt::format("{}||{}|{}|{}\n",
                        code,
                        time_text(network.epoch.start),
                        time_text(network.epoch.end),
                        network.stations.size());
  }
  return text;
}

std::string station_lines(const StationSelection& selection) {
  std::string text = "#Network|Station|Latitude|Longitude|Elevation|SiteName|StartTime|EndTime\n";
  for (const StationEpoch& station : selection.stations) {
    text += fmt::format("{}|{}|{}|{}|{}|{}|{}|{}\n",
                        station.station.network,
                        station.station.station,
                        station.position.latitude_deg,
                        station.position.longitude_deg,
                        station.position.elevation_m,
                        field_text(station.site),
                        time_text(station.epoch.start),
                        time_text(station.epoch.end));
  }
  return text;
}

std::string channel_line(const ChannelEpoch& channel) {
  const SourceId& id = channel.source_id;
  const bool is_scaled = channel.response != nullptr && channel.response->sensitivity.has_value();
  std::string scale = "||";
  if (is_scaled) {
    const catalog::Sensitivity& sensitivity = *channel.response->sensitivity;
    scale = fmt::format("{}|{}|{}",
                        sensitivity.value,
                        sensitivity.frequency_hz,
                        field_text(sensitivity.input_units));
  }
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}||{}|{}|{}|{}\n",
                     id.network,
                     id.station,
                     id.location,
                     id.band + id.source + id.subsource,
                     channel.position.latitude_deg,
                     channel.position.longitude_deg,
                     channel.position.elevation_m,
                     channel.position.depth_m,
                     number_text(channel.azimuth_deg),
                     number_text(channel.dip_deg),
                     scale,
                     number_text(channel.sample_rate_hz),
                     time_text(channel.epoch.start),
                     time_text(channel.epoch.end));
}

}  // namespace

std::string station_text(const StationSelection& selection, StationLevel level) {
  if (level == StationLevel::kNetwork) {
    return network_lines(selection);
  }
  if (level == StationLevel::kStation) {
    return station_lines(selection);
  }
  std::string text =
      "#Network|Station|Location|Channel|Latitude|Longitude|Elevation|Depth|Azimuth|Dip|"
      "SensorDescription|Scale|ScaleFreq|ScaleUnits|SampleRate|StartTime|EndTime\n";
  for (const ChannelEpoch& channel : selection.channels) {
    text += channel_line(channel);
  }
  return text;
}

}  // namespace geod::service
