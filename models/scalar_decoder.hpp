#pragma once

#include <optional>
#include <span>

#include "core/estimate.hpp"
#include "models/geometry.hpp"
#include "models/manifest.hpp"

namespace geod::models {

/// What a scalar network said of the windows around one P pick, as one value with its uncertainty.
/// `outputs` is [N, K] row major as ScoreBatch holds them (K = 2 for pmp and baz, else 1), N >= 1.
/// Nothing when an output is not finite, or no window tells a direction.
///
/// pmp: mean probability of up; that of the likelier polarity goes through the manifest's table.
/// baz: direction of the mean of the windows' unit vectors; R is the length of that mean. The
/// spread
///   is the circular standard deviation sqrt(-2 ln R) (Mardia and Jupp 2000, Directional
///   Statistics, 2.3.4).
/// emg, dis: mean; the spread is the sample standard deviation. A distance is never negative.
/// Uncertainty: root of the sum of squares of the spread and of the manifest's `sigma` (relative to
///   the distance for dis), for baz at most 180 degrees. Where the manifest has measured none,
///   sigma counts as 180 degrees, 2 magnitude units, all of the distance. Windows of one pick see
///   mostly the same samples, so their mean is not taken for better than one of them.
std::optional<EstimateValue> decode_scalar(Task task,
                                           const ScalarSettings& settings,
                                           std::span<const float> outputs);

}  // namespace geod::models
