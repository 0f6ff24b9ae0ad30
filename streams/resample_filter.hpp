#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "core/sample_rate.hpp"

namespace geod::streams {

/// Low-pass interpolation kernel: a Kaiser-windowed sinc, tabulated at `phases` fractions of an
/// input sample and interpolated linearly in between (error below -110 dB). Symmetric about the
/// instant asked for, so its delay is exactly zero once the look-ahead has arrived.
///
/// With c = min(1, output rate / input rate), relative to the input's Nyquist frequency: pass band
/// to 0.85 c, stop band from c (when only delaying, c = 1 and equal rates: the band is centred on
/// Nyquist, pass band to 0.925), ripple and stop band 90 dB. Each phase sums to 1: a constant stays
/// that constant.
///
/// Source of the design formulas: Kaiser 1974, as in Oppenheim & Schafer, Discrete-Time Signal
/// Processing, section on the Kaiser window.
class ResampleFilter {
 public:
  static constexpr double kStopBandDb = 90.0;
  static constexpr double kTransition = 0.15;  ///< width, as a fraction of c
  static constexpr double kFinestPhases = 512.0;

  /// `ratio` = input rate / output rate, within [kSlowestRatio, kFastestRatio] of Resampler.
  explicit ResampleFilter(double ratio);

  /// Input samples needed on each side: of position x, samples floor(x) - half + 1 to
  /// floor(x) + half.
  std::int64_t half() const { return half_; }

  /// The value `fraction` in [0, 1) after the middle sample `samples[half - 1]`; `samples` has
  /// 2 * half values.
  double at(std::span<const double> samples, double fraction) const;

 private:
  std::int64_t half_ = 0;
  std::size_t phases_ = 0;
  std::vector<double> table_;  ///< [phases + 1][2 * half]
};

/// Filters by rate ratio, shared by all channels of one processor. Ratios are rounded to 1e-4, so
/// a filter does not depend on who asked first; at most kMost are kept. Single-threaded.
class FilterCache {
 public:
  static constexpr std::size_t kMost = 32;
  std::shared_ptr<const ResampleFilter> get(SampleRate input, SampleRate output);

 private:
  std::map<std::int64_t, std::shared_ptr<const ResampleFilter>> filters_;
};

}  // namespace geod::streams
