#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/inventory.hpp"
#include "catalog/station_xml_writer.hpp"
#include "core/error.hpp"
#include "core/time.hpp"
#include "service/fdsn_parameters.hpp"

namespace geod::service {

/// What FDSN station 1 is asked for. Patterns have the wildcards * and ?; none: all.
struct StationQuery {
  std::vector<std::string> networks;
  std::vector<std::string> stations;
  std::vector<std::string> locations;  ///< "" is the blank one
  std::vector<std::string> channels;
  std::optional<Time> from;  ///< epochs that end after it
  std::optional<Time> to;    ///< epochs that start before it
  std::optional<Time> start_before;
  std::optional<Time> start_after;
  std::optional<Time> end_before;
  std::optional<Time> end_after;
  double min_latitude_deg = -90.0;
  double max_latitude_deg = 90.0;
  double min_longitude_deg = -180.0;
  double max_longitude_deg = 180.0;  ///< below the least: across the 180th meridian
  std::optional<RadiusQuery> radius;
  std::optional<Time> updated_after;
  catalog::StationLevel level = catalog::StationLevel::kStation;
  bool is_text = false;

  /// Faults are left in `parameters`.
  static StationQuery read(Parameters& parameters);
};

std::span<const ParameterInfo> station_parameters();

/// What of `inventory` is asked for: station epochs and, at the levels of channels and responses,
/// channel epochs. A station of which only channels are known has one epoch that spans theirs.
catalog::Inventory select_stations(const catalog::Inventory& inventory, const StationQuery& query);

}  // namespace geod::service
