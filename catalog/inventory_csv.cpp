#include "catalog/inventory_csv.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace geod::catalog {
namespace {

constexpr std::size_t kMaxLines = 100'000;
constexpr std::size_t kColumns = 10;
constexpr std::string_view kHeader =
    "network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end";

using Fields = std::array<std::string_view, kColumns>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos
             ? std::string_view{}
             : text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::optional<Fields> split(std::string_view line) {
  Fields fields;
  for (std::size_t i = 0; i < kColumns; ++i) {
    const std::size_t comma = line.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == kColumns)) {
      return std::nullopt;
    }
    fields[i] = trimmed(line.substr(0, comma));
    line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
  }
  return fields;
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
  constexpr std::array<std::string_view, 4> kNames{
      "latitude", "longitude", "elevation_m", "depth_m"};
  std::array<double, 4> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string_view field = fields[4 + i];
    if (field.empty() && i >= 2) {
      continue;  // elevation and depth may be left out
    }
    const auto value = number(field, kNames[i]);
    if (!value) {
      return tl::unexpected(value.error());
    }
    values[i] = *value;
  }
  return Position{values[0], values[1], values[2], values[3]};
}

Result<Epoch> epoch_of(const Fields& fields) {
  Epoch epoch;
  for (const auto& [field, time] : {std::pair{fields[8], &epoch.start}, {fields[9], &epoch.end}}) {
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

Result<void> add_row(std::string_view line, Rows& rows) {
  const auto fields = split(line);
  if (!fields) {
    return fail(Errc::kConfig, "expected {} fields: {}", kColumns, kHeader);
  }
  const auto& [network,
               station,
               location,
               channel,
               latitude,
               longitude,
               elevation,
               depth,
               start,
               end] = *fields;
  // Any channel code serves to have the codes of a station checked.
  auto id = SourceId::from_seed(
      network, station, location == "--" ? "" : location, channel.empty() ? "HHZ" : channel);
  if (!id) {
    return tl::unexpected(id.error());
  }
  const auto position = position_of(*fields);
  if (!position) {
    return tl::unexpected(position.error());
  }
  const auto epoch = epoch_of(*fields);
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
  bool has_header = false;
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
    if (!has_header) {
      if (line != kHeader) {
        return fail(Errc::kConfig,
                    "{}: line {}: neither StationXML nor CSV, whose header is {}",
                    name,
                    line_number,
                    kHeader);
      }
      has_header = true;
    } else if (auto added = add_row(line, rows); !added) {
      return fail(Errc::kConfig, "{}: line {}: {}", name, line_number, added.error().what);
    }
  }
  if (!has_header) {
    return fail(Errc::kConfig, "{}: empty; a CSV begins with the header {}", name, kHeader);
  }
  auto inventory = Inventory::make(std::move(rows.channels), std::move(rows.stations));
  return inventory ? std::move(inventory) : fail_with(inventory.error(), name);
}

}  // namespace geod::catalog
