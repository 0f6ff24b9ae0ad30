#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "core/error.hpp"
#include "core/time.hpp"

namespace geod {

/// An exact sample rate: numerator / denominator samples per second, both positive, in lowest
/// terms. miniSEED rates are exact rationals; a double would drift.
class SampleRate {
 public:
  /// 1 Hz.
  SampleRate() = default;

  /// kUnsupported unless both are positive and the rate lies within [1e-6, 1e6] Hz.
  static Result<SampleRate> make(std::int64_t numerator, std::int64_t denominator = 1);

  /// The rational nearest to `hz` with a denominator of at most 1,000,000 (or 1/n for slow rates);
  /// exact for every rate that is written as a short decimal or a simple fraction.
  static Result<SampleRate> from_hz(double hz);

  std::int64_t numerator() const { return numerator_; }
  std::int64_t denominator() const { return denominator_; }
  double hz() const { return static_cast<double>(numerator_) / static_cast<double>(denominator_); }

  /// Sample period, nearest nanosecond. For distances over many samples use `span_of`.
  Duration period() const { return span_of(1); }

  /// Exact length of `samples` sample periods, rounded once to the nearest nanosecond.
  Duration span_of(std::int64_t samples) const;

  /// Sample periods in `span`, nearest integer (ties away from zero).
  std::int64_t samples_in(Duration span) const;

  /// Smallest n with span_of(n) >= span.
  std::int64_t samples_ceil(Duration span) const;

  /// "100 Hz", "1/3 Hz".
  std::string to_string() const;

  bool operator==(const SampleRate&) const = default;

 private:
  SampleRate(std::int64_t numerator, std::int64_t denominator)
      : numerator_(numerator), denominator_(denominator) {}

  std::int64_t numerator_ = 1;
  std::int64_t denominator_ = 1;
};

}  // namespace geod
