#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace geod::trainer {

/// Whole-record resampling with a symmetric windowed-sinc interpolator (Kaiser, 16 zero crossings
/// a side, corner at 0.95 of the lower Nyquist frequency): no delay, output sample k lies at
/// k / to_hz from the first input sample. Ends are continued with the end values.
/// Cost: 32 to 32 * from/to products an output sample.
std::vector<float> resample(std::span<const double> signal, double from_hz, double to_hz);

/// Samples that `resample` makes of `count`.
std::int64_t resampled_length(std::int64_t count, double from_hz, double to_hz);

}  // namespace geod::trainer
