#pragma once

#include <string>
#include <vector>

#include "catalog/inventory.hpp"
#include "core/error.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"
#include "core/waveform_source.hpp"
#include "storage/query.hpp"

namespace geod {

/// A station as pictures need it.
struct Site {
  StationId id;
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
  std::vector<SourceId> verticals;  ///< channels that look up, in order
};

/// The stations of an inventory whose epochs reach into `span`, where they stood last in it.
std::vector<Site> sites_of(const catalog::Inventory& inventory, const TimeSpan& span);

/// The stations of the database whose coordinates it has.
std::vector<Site> sites_of(const std::vector<storage::StationRow>& rows);

/// The stations of `files` together, one a station: of files that know the same the first. Errors
/// of catalog::read_inventory.
Result<std::vector<Site>> read_sites(const std::vector<std::string>& files, const TimeSpan& span);

}  // namespace geod
