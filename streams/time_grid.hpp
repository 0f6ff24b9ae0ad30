#pragma once

#include <cstdint>

#include "core/sample_rate.hpp"
#include "core/time.hpp"

namespace geod::streams {

/// The absolute grid of the model's rate: point k lies exactly k sample periods after
/// 1970-01-01T00:00:00Z, for every instrument and every run of the program.
class TimeGrid {
 public:
  explicit TimeGrid(SampleRate rate) : rate_(rate) {}

  SampleRate rate() const { return rate_; }

  /// Time of point k, nearest nanosecond.
  Time time_of(std::int64_t k) const { return Time{rate_.span_of(k)}; }

  /// Smallest k whose exact time is not before `time`.
  std::int64_t ceil_index(Time time) const;

 private:
  SampleRate rate_;
};

/// Largest multiple of `step` (positive) that is not above `value`.
std::int64_t floor_to_multiple(std::int64_t value, std::int64_t step);

}  // namespace geod::streams
