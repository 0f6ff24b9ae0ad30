#include "catalog/inventory_csv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace geod::catalog {
namespace {

constexpr std::size_t kMaxLines = 100'000;
constexpr int kMaxFault = 300;  ///< characters told of a fault: a line may be of any length
enum Column : std::size_t {
  kNetwork,
  kStation,
  kLocation,
  kChannel,
  kLatitude,
  kLongitude,
  kElevation,
  kDepth,
  kStart,
  kEnd,
  kColumns
};
constexpr std::array<std::string_view, kColumns> kNames{"network",
                                                        "station",
                                                        "location",
                                                        "channel",
                                                        "latitude",
                                                        "longitude",
                                                        "elevation_m",
                                                        "depth_m",
                                                        "start",
                                                        "end"};
constexpr std::array<Column, 4> kRequired{kNetwork, kStation, kLatitude, kLongitude};

using Fields = std::array<std::string_view, kColumns>;  // empty where the file has no such column

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos
             ? std::string_view{}
             : text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// At most `kColumns` + 1 fields: more are too many anyway.
std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  while (fields.size() <= kColumns) {
    const std::size_t comma = line.find(',');
    fields.push_back(trimmed(line.substr(0, comma)));
    if (comma == std::string_view::npos) {
      break;
    }
    line.remove_prefix(comma + 1);
  }
  return fields;
}

/// Which column of the file holds what.
using Header = std::vector<Column>;

std::optional<Header> header_of(std::string_view line) {
  Header header;
  for (const std::string_view name : split(line)) {
    const auto known = std::find(kNames.begin(), kNames.end(), name);
    const auto column = static_cast<Column>(known - kNames.begin());
    if (known == kNames.end() || std::find(header.begin(), header.end(), column) != header.end()) {
      return std::nullopt;
    }
    header.push_back(column);
  }
  const bool has_all = std::all_of(kRequired.begin(), kRequired.end(), [&](Column column) {
    return std::find(header.begin(), header.end(), column) != header.end();
  });
  return has_all ? std::optional(header) : std::nullopt;
}

Result<double> number(std::string_view text, std::string_view column) {
  double value = 0.0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return fail(Errc::kConfig, "{} '{}' is not a number", column, text);
  }
  return value;
}

Result<Position> position_of(const Fields& fields) {
  std::array<double, 4> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string_view field = fields[kLatitude + i];
    if (field.empty() && i >= 2) {
      continue;  // elevation and depth may be left out
    }
    const auto value = number(field, kNames[kLatitude + i]);
    if (!value) {
      return tl::unexpected(value.error());
    }
    values[i] = *value;
  }
  return Position{values[0], values[1], values[2], values[3]};
}

Result<Epoch> epoch_of(const Fields& fields) {
  Epoch epoch;
  for (const auto& [field, time] :
       {std::pair{fields[kStart], &epoch.start}, {fields[kEnd], &epoch.end}}) {
    if (!field.empty()) {
      const auto read = parse_iso(field);
      if (!read) {
        return tl::unexpected(read.error());
      }
      *time = *read;
    }
  }
  return epoch;
}

/// The lines read so far.
struct Rows {
  std::vector<ChannelEpoch> channels;
  std::vector<StationEpoch> stations;
};

Result<void> add_row(std::string_view line, const Header& header, Rows& rows) {
  const auto values = split(line);
  if (values.size() != header.size()) {
    return fail(Errc::kConfig, "expected {} fields, as in the header", header.size());
  }
  Fields fields;
  for (std::size_t i = 0; i < header.size(); ++i) {
    fields[header[i]] = values[i];
  }
  const std::string_view location = fields[kLocation];
  const std::string_view channel = fields[kChannel];
  // Any channel code serves to have the codes of a station checked.
  auto id = SourceId::from_seed(fields[kNetwork],
                                fields[kStation],
                                location == "--" ? "" : location,
                                channel.empty() ? "HHZ" : channel);
  if (!id) {
    return tl::unexpected(id.error());
  }
  const auto position = position_of(fields);
  if (!position) {
    return tl::unexpected(position.error());
  }
  const auto epoch = epoch_of(fields);
  if (!epoch) {
    return tl::unexpected(epoch.error());
  }
  if (channel.empty()) {
    rows.stations.push_back({id->station_id(), *epoch, *position, ""});
  } else {
    ChannelEpoch row;
    row.source_id = *std::move(id);
    row.epoch = *epoch;
    row.position = *position;
    rows.channels.push_back(std::move(row));
  }
  return {};
}

}  // namespace

Result<Inventory> parse_inventory_csv(std::string_view csv, const std::string& name) {
  Rows rows;
  std::optional<Header> header;
  for (std::size_t line_number = 1; !csv.empty(); ++line_number) {
    const std::size_t end = std::min(csv.find('\n'), csv.size());
    const std::string_view line = trimmed(csv.substr(0, end));
    csv.remove_prefix(std::min(end + 1, csv.size()));
    if (line_number > kMaxLines) {
      return fail(Errc::kConfig, "{}: more than {} lines", name, kMaxLines);
    }
    if (line.empty() || line.front() == '#') {
      continue;
    }
    if (!header) {
      header = header_of(line);
      if (!header) {
        return fail(Errc::kConfig,
                    "{}: line {}: neither StationXML nor CSV, whose header names network, station, "
                    "latitude, longitude and, if need be, others of {}",
                    name,
                    line_number,
                    fmt::join(kNames, ","));
      }
    } else if (auto added = add_row(line, *header, rows); !added) {
      return fail(
          Errc::kConfig, "{}: line {}: {:.{}}", name, line_number, added.error().what, kMaxFault);
    }
  }
  if (!header) {
    return fail(
        Errc::kConfig, "{}: empty; a CSV begins with a header of {}", name, fmt::join(kNames, ","));
  }
  auto inventory = Inventory::make(std::move(rows.channels), std::move(rows.stations));
  return inventory ? std::move(inventory) : fail_with(inventory.error(), name);
}

}  // namespace geod::catalog
