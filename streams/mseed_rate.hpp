#pragma once

#include <cstdint>

#include "core/sample_rate.hpp"
#include "streams/mseed_reject.hpp"

namespace geod::streams {

/// The rate of a miniSEED 2 fixed header, exact: positive factors are rates, negative ones periods;
/// positive multipliers multiply, negative ones divide (SEED 2.4, fixed section, fields 10, 11).
/// kBadRate when either is zero or the rate lies outside 1e-6 to 1e6 Hz.
RecordResult<SampleRate> rate_from_factors(std::int16_t factor, std::int16_t multiplier);

/// The rational that blockette 100 means by a float32, which is good to 6e-8 only: the first of
/// `nominal` (the fixed header's rate, may be null), fractions and periods with a denominator up to
/// 100, decimals of up to six places that rounds to exactly this float; else its exact value to
/// SampleRate's resolution. kBadRate when not finite, not positive or out of range.
RecordResult<SampleRate> rate_from_float32(float hz, const SampleRate* nominal);

/// The rate of a miniSEED 3 header: positive Hz or, negative, a period in seconds.
RecordResult<SampleRate> rate_from_float64(double rate_or_period);

}  // namespace geod::streams
