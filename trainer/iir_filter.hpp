#pragma once

#include <span>
#include <vector>

namespace geod::trainer {

/// A causal Butterworth high-pass or low-pass as a cascade of second-order sections (bilinear
/// transform with pre-warped corner). Starts at rest; one instance filters one signal.
class ButterworthFilter {
 public:
  enum class Kind { kLowPass, kHighPass };

  /// `order` 1 to 8; `corner_hz` is clamped to 0.1 % to 98 % of the Nyquist frequency.
  ButterworthFilter(Kind kind, int order, double corner_hz, double sampling_rate_hz);

  double step(double sample);
  /// Filters in place, from rest.
  void apply(std::span<float> signal);

 private:
  struct Section {
    double b0, b1, b2, a1, a2;
    double z1 = 0.0;
    double z2 = 0.0;
  };
  std::vector<Section> sections_;
};

}  // namespace geod::trainer
