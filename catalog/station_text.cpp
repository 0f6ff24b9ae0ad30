#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "catalog/clean_text.hpp"
#include "catalog/inventory_tree.hpp"
#include "catalog/station_xml_writer.hpp"

namespace geod::catalog {
namespace {

std::string bare(Time time) {
  std::string text = to_iso(time);
  text.pop_back();  // these texts have no zone
  return text;
}

/// "start|end"; the end is empty where the epoch is open. Readers want a start: without one it is
/// that of the first channel, and 1970 when no channel has one either.
std::string span_of(const Epoch& epoch, Time first_channel = Time::min()) {
  const Time start = epoch.start != Time::min() ? epoch.start : first_channel;
  return fmt::format("{}|{}",
                     bare(start != Time::min() ? start : Time{}),
                     epoch.end == Time::max() ? "" : bare(epoch.end));
}

/// The earliest start that a channel of the station has; Time::min() when none has.
Time first_start(const StationBranch& branch) {
  Time first = Time::max();
  for (const ChannelEpoch* channel : branch.channels) {
    if (channel->epoch.start != Time::min()) {
      first = std::min(first, channel->epoch.start);
    }
  }
  return first == Time::max() ? Time::min() : first;
}

std::string number(std::optional<double> value) {
  return value ? fmt::format("{:.10g}", *value) : std::string{};
}

std::string network_line(const NetworkBranch& network) {
  Time first = Time::max();
  for (const StationBranch& branch : network.branches) {
    const Time start = branch.station.epoch.start;
    first = std::min(first, start != Time::min() ? start : first_start(branch));
  }
  return fmt::format("{}||{}|{}\n", network.code, span_of(network.epoch, first), network.stations);
}

std::string station_line(const StationBranch& branch) {
  const StationEpoch& station = branch.station;
  return fmt::format("{}|{}|{}|{}|{}|{}|{}\n",
                     station.station.network,
                     station.station.station,
                     number(station.position.latitude_deg),
                     number(station.position.longitude_deg),
                     number(station.position.elevation_m),
                     text_field(station.site),
                     span_of(station.epoch, first_start(branch)));
}

std::string channel_line(const ChannelEpoch& channel) {
  const SourceId& id = channel.source_id;
  const Position& position = channel.position;
  std::optional<Sensitivity> sensitivity;
  if (channel.response) {
    sensitivity = channel.response->sensitivity;
  }
  return fmt::format("{}|{}|{}|{}{}{}|{}|{}|{}|{}|{}|{}||{}|{}|{}|{}|{}\n",
                     id.network,
                     id.station,
                     id.location,
                     id.band,
                     id.source,
                     id.subsource,
                     number(position.latitude_deg),
                     number(position.longitude_deg),
                     number(position.elevation_m),
                     number(position.depth_m),
                     number(channel.azimuth_deg),
                     number(channel.dip_deg),
                     sensitivity ? number(sensitivity->value) : "",
                     sensitivity ? number(sensitivity->frequency_hz) : "",
                     sensitivity ? text_field(sensitivity->input_units) : "",
                     number(channel.sample_rate_hz),
                     span_of(channel.epoch));
}

std::string_view header_of(StationLevel level) {
  switch (level) {
    case StationLevel::kNetwork:
      return "#Network|Description|StartTime|EndTime|TotalStations\n";
    case StationLevel::kStation:
      return "#Network|Station|Latitude|Longitude|Elevation|SiteName|StartTime|EndTime\n";
    case StationLevel::kChannel:
    case StationLevel::kResponse:
      break;
  }
  return "#Network|Station|Location|Channel|Latitude|Longitude|Elevation|Depth|Azimuth|Dip|"
         "SensorDescription|Scale|ScaleFreq|ScaleUnits|SampleRate|StartTime|EndTime\n";
}

std::string lines_of(const StationBranch& branch, StationLevel level) {
  if (level == StationLevel::kStation) {
    return station_line(branch);
  }
  std::string lines;
  for (const ChannelEpoch* channel : branch.channels) {
    lines += channel_line(*channel);
  }
  return lines;
}

}  // namespace

Result<void> write_station_text(const Inventory& inventory,
                                StationLevel level,
                                const TextSink& sink) {
  if (level == StationLevel::kResponse) {
    return fail(Errc::kUnsupported, "responses have no text format: ask for format=xml");
  }
  sink(header_of(level));
  for (const NetworkBranch& network : tree_of(inventory)) {
    if (level == StationLevel::kNetwork) {
      sink(network_line(network));
      continue;
    }
    for (const StationBranch& branch : network.branches) {
      sink(lines_of(branch, level));
    }
  }
  return {};
}

}  // namespace geod::catalog
