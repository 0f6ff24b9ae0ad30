#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "core/error.hpp"

namespace geod::trainer {

/// How the recordings and labels of one folder are written; docs/training.md.
enum class DataFormat : std::uint8_t {
  kMseed,      ///< miniSEED and geod's tables
  kQuakeml,    ///< miniSEED, QuakeML and StationXML
  kStead,      ///< merged.hdf5 and merged.csv, chunks, or the re-sliced part_<n>.hdf5
  kDiting,     ///< DiTing330km_part_<n>.hdf5 and its CSV
  kSeisbench,  ///< metadata.csv and waveforms.hdf5
  kNpz,        ///< one window a file, as PhaseNet and DeepDenoiser are trained on
};

std::string_view to_string(DataFormat format);
/// kConfig naming the formats there are.
Result<DataFormat> parse_data_format(std::string_view text);

/// What the files of a folder look like; nothing when they look like none of these. Tables of geod
/// win over the others.
std::optional<DataFormat> detect_format(const std::filesystem::path& directory);

}  // namespace geod::trainer
