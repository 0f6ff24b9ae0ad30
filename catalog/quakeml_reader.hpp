#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/event.hpp"

namespace geod::catalog {

/// What a QuakeML file says.
struct QuakemlContent {
  std::vector<ReviewedEvent> events;  ///< in the order of the file
  std::vector<Error> faults;          ///< one for each event that could not be taken, with its id
  std::size_t arrivals_without_pick = 0;  ///< left out: their pick is not in the file
};

/// Reads QuakeML 1.1 and 1.2 as ObsPy, SeisComP, USGS and SCSN write
/// it. Each event becomes its preferred origin (the first, where none or one that is not there is
/// preferred) with its arrivals, and all its magnitudes, the preferred one first. The phase of an
/// arrival goes before the phase hint of its pick. Agency, author and creation time are the
/// origin's, else the event's.
///
/// Words that QuakeML does not have are taken where ReviewedEvent holds any (type, status) and left
/// empty elsewhere (polarity, mode). Entities are not expanded, nothing is fetched. An event that
/// lacks a public id, an origin, a time or a place on earth is a fault; the others are kept.
///
/// kCorruptRecord, naming `name`, when it is no XML or no QuakeML; kUnsupported for another major
/// version or SeisComP's own XML.
Result<QuakemlContent> parse_quakeml(std::string_view xml, const std::string& name);

/// The same of a file. Also the errors of read_text_file.
Result<QuakemlContent> read_quakeml(const std::filesystem::path& path);

}  // namespace geod::catalog
