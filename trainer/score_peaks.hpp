#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/pick.hpp"
#include "trainer/recording.hpp"

namespace geod::trainer {

/// A peak of a score series.
struct ScorePeak {
  double sample = 0.0;  ///< apex of the parabola through the peak and its neighbours
  double score = 0.0;   ///< height of the highest sample
};

/// Local maxima of `scores` at or above `threshold`, highest first kept, others within
/// `min_distance_samples` dropped; ascending in time. A plateau counts at its left edge; the first
/// and last samples never.
std::vector<ScorePeak> find_peaks(std::span<const float> scores,
                                  double threshold,
                                  std::int64_t min_distance_samples);

/// Spans where no pick is believed: 0.2 s before to 1 s after every run of 0.5 s or more of equal
/// samples (padding, gap fill) of a component that is not constant throughout.
std::vector<SampleSpan> constant_spans(const Recording& recording, double sampling_rate_hz);

}  // namespace geod::trainer
