#pragma once

#include <filesystem>
#include <vector>

#include "core/error.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"

namespace geod::trainer {

/// Contiguous samples of one channel.
struct WaveformSegment {
  SourceId source;
  Time start;
  double sampling_rate_hz = 0.0;
  std::vector<double> samples;
};

/// Reads the miniSEED files below `directory` (ending .mseed, .ms, .miniseed, .msd; recursive, in
/// name order) into contiguous segments, ordered by channel and time. Records that continue one
/// another within half a sample are joined. kNotFound when there is no such file; errors of a file
/// name it.
Result<std::vector<WaveformSegment>> read_waveforms(const std::filesystem::path& directory);

}  // namespace geod::trainer
