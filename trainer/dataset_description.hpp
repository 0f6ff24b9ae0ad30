#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"
#include "trainer/data_format.hpp"
#include "trainer/recording.hpp"

namespace geod::trainer {

/// What is left out. A rule with stations and times leaves out those times at those stations; with
/// one of the two alone, all stations or all times.
struct Exclusion {
  std::vector<std::string> stations;  ///< "NET.STA"
  std::optional<Time> from;
  std::optional<Time> to;
  std::string reason;
};

/// One folder of recordings with their labels. All paths are relative to the folder; formats in
/// docs/training.md. The tables are those of format mseed (waveforms and noise also of quakeml).
struct DatasetFolder {
  std::string name;
  std::filesystem::path directory;
  RecordingKind kind = RecordingKind::kContinuous;
  DataFormat format = DataFormat::kMseed;
  std::string metadata;   ///< table of formats stead and diting; empty: those that are there
  std::string waveforms;  ///< sub-folder that is searched; empty: the folder itself
  std::string labels;     ///< network, station, phase, time [, channels, location, event, fold,
                          ///< polarity, back_azimuth, magnitude, distance_km]
  std::string uncertain;  ///< same columns: picks that may or may not be real
  std::string masks;      ///< network, station, phase, start, end: no loss there
  std::string noise;      ///< network, station, start, end: free of arrivals
  std::string records;    ///< network, station, event, fold
  std::string events;     ///< event [, latitude, longitude, magnitude]
  std::string stations;   ///< network, station, latitude, longitude
  std::string labels_by;  ///< "analysts", "machine consensus", ... (provenance)
  std::string licence;
  std::string attribution;
};

struct DatasetDescription {
  std::string name;
  std::filesystem::path file;
  std::vector<DatasetFolder> folders;
  std::vector<Exclusion> exclusions;
};

/// Reads a data set description (JSON). `path` may also be a folder that holds `dataset.json`, or a
/// folder of a known format, which then is the whole data set.
/// kNotFound, or kConfig naming file and key.
Result<DatasetDescription> load_dataset_description(const std::filesystem::path& path);

/// The description as a JSON object for a manifest's provenance: names, licences, attributions,
/// exclusions; no paths of this machine.
std::string description_to_json(const DatasetDescription& description);

}  // namespace geod::trainer
