#include "streams/mseed_rate.hpp"

#include <cmath>
#include <cstdlib>

namespace geod::streams {
namespace {

constexpr std::int64_t kMaxSmallDenominator = 100;
constexpr std::int64_t kMaxDecimalDenominator = 1'000'000;

RecordResult<SampleRate> checked(Result<SampleRate> rate) {
  if (!rate) {
    return reject(RejectReason::kBadRate, "{}", rate.error().what);
  }
  return *rate;
}

bool rounds_to(double value, float target) {
  return static_cast<float>(value) == target;
}

}  // namespace

RecordResult<SampleRate> rate_from_factors(std::int16_t factor, std::int16_t multiplier) {
  if (factor == 0 || multiplier == 0) {
    return reject(RejectReason::kBadRate,
                  "sample rate factor {} and multiplier {}: no rate",
                  factor,
                  multiplier);
  }
  std::int64_t numerator = 1;
  std::int64_t denominator = 1;
  (factor > 0 ? numerator : denominator) *= std::abs(std::int64_t{factor});
  (multiplier > 0 ? numerator : denominator) *= std::abs(std::int64_t{multiplier});
  return checked(SampleRate::make(numerator, denominator));
}

RecordResult<SampleRate> rate_from_float32(float hz, const SampleRate* nominal) {
  if (!std::isfinite(hz) || !(hz > 0.0F)) {
    return reject(RejectReason::kBadRate, "blockette 100 sample rate {} Hz", hz);
  }
  if (nominal != nullptr && rounds_to(nominal->hz(), hz)) {
    return *nominal;
  }
  const double exact = hz;
  if (exact > 2e6 || exact < 5e-7) {  // out of range, and the products below stay small
    return checked(SampleRate::from_hz(exact));
  }
  const auto tried = [&](std::int64_t denominator) -> std::int64_t {
    const std::int64_t numerator = std::llround(exact * static_cast<double>(denominator));
    const bool same =
        rounds_to(static_cast<double>(numerator) / static_cast<double>(denominator), hz);
    return numerator > 0 && same ? numerator : 0;
  };
  for (std::int64_t denominator = 1; denominator <= kMaxSmallDenominator; ++denominator) {
    if (const std::int64_t numerator = tried(denominator); numerator != 0) {
      return checked(SampleRate::make(numerator, denominator));
    }
  }
  for (std::int64_t numerator = 1; numerator <= kMaxSmallDenominator && exact < 1.0; ++numerator) {
    const std::int64_t denominator = std::llround(static_cast<double>(numerator) / exact);
    if (rounds_to(static_cast<double>(numerator) / static_cast<double>(denominator), hz)) {
      return checked(SampleRate::make(numerator, denominator));
    }
  }
  for (std::int64_t denominator = 1000; denominator <= kMaxDecimalDenominator; denominator *= 10) {
    if (const std::int64_t numerator = tried(denominator); numerator != 0) {
      return checked(SampleRate::make(numerator, denominator));
    }
  }
  return checked(SampleRate::from_hz(exact));
}

RecordResult<SampleRate> rate_from_float64(double rate_or_period) {
  if (!std::isfinite(rate_or_period) || rate_or_period == 0.0) {
    return reject(RejectReason::kBadRate, "sample rate {}", rate_or_period);
  }
  if (rate_or_period > 0.0) {
    return checked(SampleRate::from_hz(rate_or_period));
  }
  // A period is as exact a rational as a rate: invert the fraction, not the double.
  if (const Result<SampleRate> period = SampleRate::from_hz(-rate_or_period)) {
    return checked(SampleRate::make(period->denominator(), period->numerator()));
  }
  return checked(SampleRate::from_hz(-1.0 / rate_or_period));
}

}  // namespace geod::streams
