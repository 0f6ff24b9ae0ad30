#include "storage/station_import.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

namespace geod::storage {
namespace {

constexpr std::size_t kMaxLineBytes = 64 << 10;

/// Fields of one line; `""` inside quotes is a quote. Nothing when a quote stays open.
std::optional<std::vector<std::string>> split_csv(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return quoted ? std::nullopt : std::optional(std::move(fields));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

std::optional<double> parse_number(std::string_view text, double limit) {
  double value = 0.0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool valid = status == std::errc{} && end == text.data() + text.size() &&
                     std::isfinite(value) && std::abs(value) <= limit;
  return valid ? std::optional(value) : std::nullopt;
}

enum Column : std::size_t {
  kNetwork,
  kStation,
  kLatitude,
  kLongitude,
  kElevation,
  kSite,
  kColumns
};

/// Where each column stands in the file; nothing for one that is not there.
using Layout = std::array<std::optional<std::size_t>, kColumns>;

Result<Layout> read_header(std::string_view line, const std::string& name) {
  static constexpr std::pair<std::string_view, Column> kNames[] = {
      {"network", kNetwork},
      {"station", kStation},
      {"latitude", kLatitude},
      {"latitude_deg", kLatitude},
      {"longitude", kLongitude},
      {"longitude_deg", kLongitude},
      {"elevation", kElevation},
      {"elevation_m", kElevation},
      {"site", kSite},
  };
  Layout layout;
  if (line.starts_with("\xEF\xBB\xBF")) {
    line.remove_prefix(3);  // the byte order mark of spreadsheet programs
  }
  const auto fields = split_csv(line);
  for (std::size_t i = 0; fields && i < fields->size(); ++i) {
    const std::string_view field = trimmed((*fields)[i]);
    for (const auto& [column_name, column] : kNames) {
      if (field == column_name) {
        layout[column] = i;
      }
    }
  }
  for (const Column needed : {kNetwork, kStation, kLatitude, kLongitude}) {
    if (!layout[needed]) {
      return fail(Errc::kConfig,
                  "{}:1: the header must name network, station, latitude and longitude",
                  name);
    }
  }
  return layout;
}

Result<StationSite> read_row(std::string_view line,
                             const Layout& layout,
                             const std::string& where) {
  const auto fields = split_csv(line);
  if (!fields) {
    return fail(Errc::kConfig, "{}: a quote is not closed", where);
  }
  const auto field = [&](Column column) -> std::string_view {
    const bool there = layout[column] && *layout[column] < fields->size();
    return there ? trimmed((*fields)[*layout[column]]) : std::string_view{};
  };
  // Any channel code serves to let the rules for network and station codes be checked.
  const auto codes = SourceId::from_seed(field(kNetwork), field(kStation), "", "HHZ");
  if (!codes) {
    return fail(Errc::kConfig,
                "{}: '{}.{}' is not a network and station code",
                where,
                field(kNetwork),
                field(kStation));
  }
  const auto latitude = parse_number(field(kLatitude), 90.0);
  const auto longitude = parse_number(field(kLongitude), 180.0);
  if (!latitude || !longitude) {
    return fail(Errc::kConfig,
                "{}: '{}', '{}' is not a latitude and longitude in degrees (-90 to 90, -180 to "
                "180)",
                where,
                field(kLatitude),
                field(kLongitude));
  }
  const auto elevation = parse_number(field(kElevation), 12'000.0);
  if (!elevation && !field(kElevation).empty()) {
    return fail(Errc::kConfig, "{}: '{}' is not an elevation in m", where, field(kElevation));
  }
  return StationSite{
      codes->station_id(), *latitude, *longitude, elevation, std::string(field(kSite))};
}

}  // namespace

Result<std::vector<StationSite>> read_stations_csv(std::istream& csv, const std::string& name) {
  std::vector<StationSite> stations;
  std::optional<Layout> layout;
  std::string line;
  for (int number = 1; std::getline(csv, line); ++number) {
    if (line.size() > kMaxLineBytes) {
      return fail(Errc::kConfig, "{}:{}: longer than {} bytes", name, number, kMaxLineBytes);
    }
    if (!layout) {
      const Result<Layout> header = read_header(line, name);
      if (!header) {
        return tl::unexpected(header.error());
      }
      layout = *header;
    } else if (!trimmed(line).empty()) {
      Result<StationSite> row = read_row(line, *layout, fmt::format("{}:{}", name, number));
      if (!row) {
        return tl::unexpected(row.error());
      }
      stations.push_back(std::move(*row));
    }
  }
  if (csv.bad()) {
    return fail(Errc::kIo, "{}: cannot be read to its end", name);
  }
  if (stations.empty()) {
    return fail(Errc::kConfig,
                "{}: no stations; expected CSV with a header "
                "network,station,latitude,longitude,elevation_m,site and a row for each",
                name);
  }
  return stations;
}

Result<void> import_stations(Database& database, const std::vector<StationSite>& stations) {
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  Result<Statement> upsert = database.prepare(
      "INSERT INTO stations (network, station, latitude_deg, longitude_deg, elevation_m, site) "
      "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (network, station) DO UPDATE SET "
      "latitude_deg = excluded.latitude_deg, longitude_deg = excluded.longitude_deg, "
      "elevation_m = ifnull(excluded.elevation_m, elevation_m), "
      "site = CASE excluded.site WHEN '' THEN site ELSE excluded.site END");
  if (!upsert) {
    return tl::unexpected(upsert.error());
  }
  for (const StationSite& station : stations) {
    const Result<void> done = upsert
                                  ->bind_all(station.id.network,
                                             station.id.station,
                                             station.latitude_deg,
                                             station.longitude_deg,
                                             station.elevation_m,
                                             station.site)
                                  .run();
    if (!done) {
      return done;
    }
  }
  return transaction->commit();
}

}  // namespace geod::storage
