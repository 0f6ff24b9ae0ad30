#pragma once

#include <cstdint>

#include "core/sample_rate.hpp"
#include "core/time.hpp"

namespace geod::streams {

/// The time line of one fibre's samples: an anchor and a count, so that no time is ever reached by
/// adding rounded periods. With d = start found - start expected and T the sample period:
///
/// | case                                       | verdict                                      |
/// |--------------------------------------------|----------------------------------------------|
/// | abs(d) <= max(0.05 T, min(100 us, 0.25 T)) | kContiguous; the line stays as it is         |
/// | up to 0.5 T                                | kStep: contiguous samples, new anchor        |
/// | d > 0.5 T                                  | kHole of the samples between                 |
/// | d < -0.5 T                                 | kOverlap of so many samples; kCovered if all |
///
/// Sequence numbers play no part. Same rule as TraceBuffer's, but that drift below the tolerance
/// does not move the anchor: times do not depend on where the publisher cuts its blocks.
class FibreTimeLine {
 public:
  enum class Kind : std::uint8_t { kContiguous, kStep, kHole, kOverlap, kCovered };
  struct Verdict {
    Kind kind = Kind::kContiguous;
    Duration offset{0};        ///< found - expected
    std::int64_t samples = 0;  ///< of the hole or the overlap
  };

  FibreTimeLine() = default;
  FibreTimeLine(Time anchor, SampleRate rate) : rate_(rate), anchor_(anchor) {}

  Verdict judge(Time start, std::int64_t samples) const;

  /// Of the next sample.
  Time expected() const { return anchor_ + rate_.span_of(count_); }
  SampleRate rate() const { return rate_; }
  void advance(std::int64_t samples) { count_ += samples; }
  /// The next sample is at `start`.
  void set_anchor(Time start) {
    anchor_ = start;
    count_ = 0;
  }

 private:
  SampleRate rate_;
  Time anchor_;
  std::int64_t count_ = 0;
};

}  // namespace geod::streams
