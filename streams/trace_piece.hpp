#pragma once

#include <cstdint>
#include <vector>

#include "core/continuity.hpp"
#include "core/sample_rate.hpp"
#include "core/time.hpp"

namespace geod::streams {

/// A span of data time with a property that windows must know about.
struct TraceMark {
  enum class Kind : std::uint8_t {
    kMissing,   ///< bridged by a ramp: values are there for the filter only
    kNoPicks,   ///< no pick may be emitted
    kConstant,  ///< samples that do not change: they carry no information
    kTiming,    ///< times may be wrong by `timing_s`
  };
  Kind kind = Kind::kNoPicks;
  Time from;
  Time to;  ///< exclusive
  /// Time of the sample that gave the mark away. A window that ends before it must not show the
  /// mark: whether it could would depend on how the stream was cut into records.
  Time known_at;
  double timing_s = 0.0;

  bool operator==(const TraceMark&) const = default;
};

/// Samples of one channel in their final order, uniformly spaced from `start`.
struct TracePiece {
  Time start;  ///< of samples[0]: the header's time, so drift never adds up
  SampleRate rate;
  std::vector<double> samples;   ///< counts or the record's unit
  bool begins_segment = false;   ///< nothing before it is adjacent: filters start afresh
  bool moved_back = false;       ///< with begins_segment: the clock went back for good
  std::vector<TraceMark> marks;  ///< to be taken before the samples
};

/// What a push into a TraceBuffer adds: pieces in order, events for the gap table.
struct TraceOutput {
  std::vector<TracePiece> pieces;
  std::vector<ContinuityEvent> events;
};

}  // namespace geod::streams
