#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "catalog/inventory.hpp"
#include "core/error.hpp"
#include "core/time.hpp"

namespace geod::catalog {

/// How much of an inventory is told; each level has all of those before.
enum class StationLevel : std::uint8_t { kNetwork, kStation, kChannel, kResponse };
/// Reads "network", "station", "channel" or "response". kConfig otherwise.
Result<StationLevel> parse_station_level(std::string_view text);

struct StationXmlInfo {
  std::string source;  ///< who speaks; may be empty
  std::string module;  ///< program and version
  Time created;
};

/// Takes the next piece of a text.
using TextSink = std::function<void(std::string_view)>;

/// Writes FDSN StationXML 1.2, a piece for each station, valid against the schema whatever the
/// texts are. An inventory without stations gives a file that the schema refuses (it wants one
/// network): answer "nothing" instead.
///
/// Responses have all stages as they were read; digital coefficients without a denominator become a
/// FIR filter, which is the same. A response with a stage that geod does not keep (polynomial,
/// response list, analogue coefficients) is written as its overall sensitivity alone, and a comment
/// on the channel says so.
void write_station_xml(const Inventory& inventory,
                       StationLevel level,
                       const StationXmlInfo& info,
                       const TextSink& sink);

/// The text of FDSN web services: one line with the names of the columns, '|' between fields, times
/// without zone (UTC). What the inventory does not know is empty, but for a start, without which
/// the texts cannot be read: the first channel's stands for the station's, else 1970. kUnsupported
/// at the level of responses, which has no text.
Result<void> write_station_text(const Inventory& inventory,
                                StationLevel level,
                                const TextSink& sink);

}  // namespace geod::catalog
