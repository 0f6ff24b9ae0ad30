#pragma once

#include <string>
#include <string_view>

#include "catalog/inventory.hpp"
#include "core/error.hpp"

namespace geod::catalog {

/// Reads FDSN StationXML 1.0 to 1.2 (docs.fdsn.org/projects/stationxml), of any level down to
/// responses. Elements of other namespaces are passed over. Dates before 1678 and after 2261, as
/// written for "always", leave an epoch open.
///
/// kCorruptRecord, naming `name` and where there is one the station and channel, at the first
/// thing that is missing or wrong: nothing of such a file is taken. kUnsupported for another major
/// version. At most 100,000 epochs of channels, 100 stages a response, 20,000 coefficients a stage.
Result<Inventory> parse_station_xml(std::string_view xml, const std::string& name);

}  // namespace geod::catalog
