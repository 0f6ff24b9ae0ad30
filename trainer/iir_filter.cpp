#include "trainer/iir_filter.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.hpp"

namespace geod::trainer {
namespace {

/// On zero padding a decaying state would run into denormal numbers, ten times slower.
double flushed(double state) {
  return std::abs(state) < 1e-30 ? 0.0 : state;
}

}  // namespace

ButterworthFilter::ButterworthFilter(Kind kind,
                                     int order,
                                     double corner_hz,
                                     double sampling_rate_hz) {
  GEOD_CHECK(order >= 1 && order <= 8, "Butterworth order must be 1 to 8");
  const double nyquist_hz = sampling_rate_hz / 2.0;
  const double corner = std::clamp(corner_hz, 0.001 * nyquist_hz, 0.98 * nyquist_hz);
  const double k = std::tan(std::numbers::pi * corner / sampling_rate_hz);
  const bool low = kind == Kind::kLowPass;
  for (int pair = 0; pair < order / 2; ++pair) {
    // Analogue prototype s^2 + s/Q + 1, poles at angle pi (2 pair + 1) / (2 order).
    const double angle = std::numbers::pi * (2.0 * pair + 1.0) / (2.0 * order);
    const double damping = 2.0 * std::sin(angle);
    const double norm = 1.0 / (1.0 + damping * k + k * k);
    const double gain = low ? k * k * norm : norm;
    sections_.push_back({gain,
                         low ? 2.0 * gain : -2.0 * gain,
                         gain,
                         2.0 * (k * k - 1.0) * norm,
                         (1.0 - damping * k + k * k) * norm});
  }
  if (order % 2 == 1) {
    const double norm = 1.0 / (1.0 + k);
    const double gain = low ? k * norm : norm;
    sections_.push_back({gain, low ? gain : -gain, 0.0, (k - 1.0) * norm, 0.0});
  }
}

double ButterworthFilter::step(double sample) {
  for (Section& s : sections_) {
    const double out = s.b0 * sample + s.z1;
    s.z1 = flushed(s.b1 * sample - s.a1 * out + s.z2);
    s.z2 = flushed(s.b2 * sample - s.a2 * out);
    sample = out;
  }
  return sample;
}

void ButterworthFilter::apply(std::span<float> signal) {
  for (Section& s : sections_) {
    s.z1 = 0.0;
    s.z2 = 0.0;
  }
  for (float& sample : signal) {
    sample = static_cast<float>(step(static_cast<double>(sample)));
  }
}

}  // namespace geod::trainer
