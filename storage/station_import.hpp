#pragma once

#include <filesystem>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/source_id.hpp"
#include "storage/database.hpp"

namespace geod::storage {

/// Where a station stands.
struct StationSite {
  StationId id;
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  std::optional<double> elevation_m;
  std::string site;
};

/// Reads CSV with a header row: columns network, station, latitude, longitude and, where there,
/// elevation_m (or elevation) and site, in any order; others are passed over. RFC 4180 quoting.
/// kConfig naming `name`, line and column at the first fault; nothing is returned then.
Result<std::vector<StationSite>> read_stations_csv(std::istream& csv, const std::string& name);

/// Sets coordinates and site of these stations and adds the new ones, all or none. Safe beside a
/// running daemon: it waits for the writer like any other, up to the busy timeout.
Result<void> import_stations(Database& database, const std::vector<StationSite>& stations);

}  // namespace geod::storage
