#include "streams/sample_faults.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace geod::streams {

double usable_or(double sample, double replacement) {
  return std::abs(sample) <= kLargestSample ? sample : replacement;  // false for NaN
}

void mark_unusable_samples(TracePiece& piece, double last_value, Duration after) {
  const auto time_of = [&](std::size_t i) {
    return piece.start + piece.rate.span_of(static_cast<std::int64_t>(i));
  };
  // Grid points between a bad sample and its good neighbours are filtered from both: all missing.
  const Duration slack{piece.rate.period().count() / 100 + 1};
  const Duration reach = piece.rate.period() - slack;
  std::size_t i = 0;
  while (i < piece.samples.size()) {
    if (std::abs(piece.samples[i]) <= kLargestSample) {
      last_value = piece.samples[i++];
      continue;
    }
    const std::size_t begin = i;
    while (i < piece.samples.size() && !(std::abs(piece.samples[i]) <= kLargestSample)) {
      piece.samples[i++] = last_value;
    }
    const Time from = time_of(begin) - reach;
    const Time to = time_of(i - 1) + reach;
    piece.marks.push_back({TraceMark::Kind::kMissing, from, to, from, 0.0});
    piece.marks.push_back({TraceMark::Kind::kNoPicks, from, to + after, from, 0.0});
  }
}

}  // namespace geod::streams
