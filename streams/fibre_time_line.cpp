#include "streams/fibre_time_line.hpp"

#include <algorithm>
#include <chrono>

namespace geod::streams {
namespace {

constexpr Duration kContiguousTime = std::chrono::microseconds{100};

Duration tolerance(Duration period) {
  return std::max(period / 20, std::min(kContiguousTime, period / 4));
}

}  // namespace

FibreTimeLine::Verdict FibreTimeLine::judge(Time start, std::int64_t samples) const {
  const Duration period = rate_.period();
  const Duration offset = start - expected();
  const Duration distance = std::chrono::abs(offset);
  if (distance <= tolerance(period)) {
    return {Kind::kContiguous, offset, 0};
  }
  if (distance <= period / 2) {
    return {Kind::kStep, offset, 0};
  }
  const std::int64_t between = rate_.samples_in(distance);
  if (offset > Duration::zero()) {
    return {Kind::kHole, offset, between};
  }
  return {between >= samples ? Kind::kCovered : Kind::kOverlap, offset, std::min(between, samples)};
}

}  // namespace geod::streams
