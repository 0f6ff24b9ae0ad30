#include "core/sample_rate.hpp"

#include <cmath>
#include <numeric>

namespace geod {
namespace {

__extension__ using Int128 = __int128;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kMaxDenominator = 1'000'000;
constexpr double kMaxRateHz = 1e6;
constexpr double kMinRateHz = 1e-6;

/// Nearest integer of numerator / denominator, ties away from zero; denominator > 0.
std::int64_t divide_nearest(Int128 numerator, Int128 denominator) {
  const Int128 half = denominator / 2;
  const Int128 shifted = numerator >= 0 ? numerator + half : numerator - half;
  return static_cast<std::int64_t>(shifted / denominator);
}

}  // namespace

Result<SampleRate> SampleRate::make(std::int64_t numerator, std::int64_t denominator) {
  if (numerator <= 0 || denominator <= 0) {
    return fail(Errc::kUnsupported, "sample rate {}/{} Hz is not positive", numerator, denominator);
  }
  const std::int64_t divisor = std::gcd(numerator, denominator);
  const SampleRate rate{numerator / divisor, denominator / divisor};
  if (rate.hz() > kMaxRateHz || rate.hz() < kMinRateHz) {
    return fail(Errc::kUnsupported,
                "sample rate {}/{} Hz is outside 1e-6 to 1e6 Hz",
                numerator,
                denominator);
  }
  return rate;
}

Result<SampleRate> SampleRate::from_hz(double hz) {
  if (!std::isfinite(hz) || hz <= 0.0 || hz > kMaxRateHz || hz < kMinRateHz) {
    return fail(Errc::kUnsupported, "sample rate {} Hz is outside 1e-6 to 1e6 Hz", hz);
  }
  // Continued fraction expansion, stopped at the first convergent that is as good as the double.
  std::int64_t n0 = 0, d0 = 1, n1 = 1, d1 = 0;
  double x = hz;
  for (int step = 0; step < 40; ++step) {
    const auto whole = static_cast<std::int64_t>(std::floor(x));
    const std::int64_t n2 = whole * n1 + n0;
    const std::int64_t d2 = whole * d1 + d0;
    if (d2 > kMaxDenominator && d1 > 0) {
      break;
    }
    n0 = n1, d0 = d1, n1 = n2, d1 = d2;
    const double approximation = static_cast<double>(n1) / static_cast<double>(d1);
    if (std::abs(approximation - hz) <= 1e-12 * hz || x - static_cast<double>(whole) < 1e-12) {
      break;
    }
    x = 1.0 / (x - static_cast<double>(whole));
    if (x > 1e12) {
      break;
    }
  }
  return make(n1, d1);
}

Duration SampleRate::span_of(std::int64_t samples) const {
  const Int128 scaled = static_cast<Int128>(samples) * kNsPerSecond * denominator_;
  return Duration{divide_nearest(scaled, numerator_)};
}

std::int64_t SampleRate::samples_in(Duration span) const {
  const Int128 scaled = static_cast<Int128>(span.count()) * numerator_;
  return divide_nearest(scaled, static_cast<Int128>(denominator_) * kNsPerSecond);
}

std::int64_t SampleRate::samples_ceil(Duration span) const {
  std::int64_t samples = samples_in(span);
  while (span_of(samples) < span) {
    ++samples;
  }
  while (span_of(samples - 1) >= span) {
    --samples;
  }
  return samples;
}

std::string SampleRate::to_string() const {
  return denominator_ == 1 ? fmt::format("{} Hz", numerator_)
                           : fmt::format("{}/{} Hz", numerator_, denominator_);
}

}  // namespace geod
