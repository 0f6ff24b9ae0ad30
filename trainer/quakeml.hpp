#pragma once

#include <filesystem>

#include "core/error.hpp"
#include "trainer/csv_table.hpp"

namespace geod::trainer {

/// Picks, epicentres, magnitudes and station coordinates as geod's tables.
struct CatalogueTables {
  CsvTable labels;    ///< network, station, phase, time, event, polarity
  CsvTable events;    ///< event, latitude, longitude, magnitude
  CsvTable stations;  ///< network, station, latitude, longitude
};

/// Reads every QuakeML (1.2) and StationXML (1.x) file of a folder (endings .xml, .qml, .quakeml).
/// Picks without a phaseHint take the phase of the arrival that names them; picks of neither P nor
/// S and rejected ones are left out. An event has its preferred origin and magnitude, or the first.
/// Errors: kNotFound without a QuakeML file; kCorruptRecord naming the file.
Result<CatalogueTables> read_catalogue(const std::filesystem::path& directory);

/// Whether a file has an ending of these formats and begins as QuakeML does.
bool is_quakeml(const std::filesystem::path& path);

}  // namespace geod::trainer
