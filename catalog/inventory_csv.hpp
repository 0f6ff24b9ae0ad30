#pragma once

#include <string>
#include <string_view>

#include "catalog/inventory.hpp"
#include "core/error.hpp"

namespace geod::catalog {

/// Reads lines below a header that names its columns, in any order: network, station, latitude and
/// longitude, and as far as they are there location, channel, elevation_m, depth_m, start, end.
/// Location `--` is a blank one. Without a channel a line is of the whole station. `elevation_m` is
/// that of the sensor, which lies `depth_m` below the ground, as in StationXML. Empty times
/// leave the epoch open, empty elevation and depth are 0. Lines that begin with `#` are passed
/// over.
///
/// kConfig, naming `name` and line, at the first fault: nothing is taken then. At most 100,000
/// lines.
Result<Inventory> parse_inventory_csv(std::string_view csv, const std::string& name);

}  // namespace geod::catalog
