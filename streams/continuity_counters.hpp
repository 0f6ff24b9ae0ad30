#pragma once

#include <cstdint>

namespace geod::streams {

/// What happened to the records of all channels since start; for status and metrics.
struct ContinuityCounters {
  std::uint64_t records = 0;  ///< given to the continuity rules
  std::uint64_t samples = 0;  ///< of records that were used
  std::uint64_t gaps = 0;
  std::uint64_t overlaps = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t conflicts = 0;
  std::uint64_t late = 0;
  std::uint64_t time_steps = 0;
  std::uint64_t clock_resets = 0;  ///< the clock went back for good
  std::uint64_t rate_changes = 0;
  std::uint64_t reordered = 0;    ///< came out of order and found their place
  std::uint64_t quarantined = 0;  ///< telemetry error or padding: treated as a gap
  std::uint64_t unusable = 0;     ///< empty, or a time or length beyond any calendar

  bool operator==(const ContinuityCounters&) const = default;
};

}  // namespace geod::streams
