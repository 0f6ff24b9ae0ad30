#pragma once

#include <span>
#include <string>
#include <vector>

#include "trainer/recording.hpp"
#include "trainer/waveform_files.hpp"

namespace geod::trainer {

/// Shorter pieces between gaps are not used.
inline constexpr double kMinRecordingS = 20.0;

/// Puts the channels of one folder together: one recording per instrument and contiguous piece of
/// its vertical. Samples that a horizontal lacks are 0. `without_vertical` counts instruments that
/// were skipped for want of a vertical.
std::vector<Recording> build_recordings(std::span<const WaveformSegment> segments,
                                        double sampling_rate_hz,
                                        const std::string& folder,
                                        RecordingKind kind,
                                        std::size_t& without_vertical);

}  // namespace geod::trainer
