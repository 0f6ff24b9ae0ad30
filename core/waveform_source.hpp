#pragma once

#include <cstdint>
#include <vector>

#include "core/error.hpp"
#include "core/sample_rate.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"

namespace geod {

/// A span of data time: from `from` up to, without, `to`.
struct TimeSpan {
  Time from;
  Time to;
  bool operator==(const TimeSpan&) const = default;
};

/// Samples of one channel without a gap, as they were recorded.
struct Waveform {
  Time start;  ///< of samples[0]
  SampleRate rate;
  std::vector<double> samples;    ///< counts, or the unit of the record; exact for every encoding
  std::vector<TimeSpan> clipped;  ///< where the digitizer says that it was saturated; ascending

  Time end() const { return start + rate.span_of(static_cast<std::int64_t>(samples.size())); }
};

/// Where recorded waveforms can be had: those of the last minutes in memory, those kept on disk.
class WaveformSource {
 public:
  virtual ~WaveformSource() = default;

  /// What there is of the channel in [from, to): ascending in time, disjoint, a new piece after
  /// every gap and change of the rate; nothing where nothing is there.
  /// Errors: kIo when what is there cannot be read.
  /// Thread: any.
  virtual Result<std::vector<Waveform>> read(const SourceId& channel, Time from, Time to) const = 0;
};

}  // namespace geod
