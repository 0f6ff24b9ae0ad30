#include "trainer/synthetic_signals.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "trainer/iir_filter.hpp"
#include "trainer/window_mixing.hpp"

namespace geod::trainer {
namespace {

/// In-place inverse transform of a power-of-two length, unscaled (radix 2, decimation in time).
void inverse_fft(std::vector<std::complex<double>>& values) {
  const std::size_t n = values.size();
  for (std::size_t i = 1, j = 0; i < n; ++i) {
    std::size_t bit = n >> 1U;
    for (; (j & bit) != 0; bit >>= 1U) {
      j ^= bit;
    }
    j ^= bit;
    if (i < j) {
      std::swap(values[i], values[j]);
    }
  }
  for (std::size_t length = 2; length <= n; length <<= 1U) {
    const double angle = 2.0 * std::numbers::pi / static_cast<double>(length);
    const std::complex<double> step = std::polar(1.0, angle);
    for (std::size_t begin = 0; begin < n; begin += length) {
      std::complex<double> twiddle = 1.0;
      for (std::size_t k = begin; k < begin + length / 2; ++k) {
        const std::complex<double> odd = values[k + length / 2] * twiddle;
        values[k + length / 2] = values[k] - odd;
        values[k] += odd;
        twiddle *= step;
      }
    }
  }
}

/// Amplitude spectrum of one noise window: (f + 0.05)^-slope, raised below `corner_hz`.
struct NoiseColour {
  double slope;
  double rise;
  double corner_hz;
  double at(double hz) const {
    const double low = corner_hz / hz;
    return std::pow(hz + 0.05, -slope) * std::sqrt(1.0 + low * low * rise);
  }
};

void fill_noise(Rng& rng, const NoiseColour& colour, double rate_hz, std::span<float> out) {
  std::size_t n = 1;
  while (n < out.size()) {
    n <<= 1U;
  }
  std::vector<std::complex<double>> spectrum(n);
  const double bin_hz = rate_hz / static_cast<double>(n);
  for (std::size_t k = 1; k <= n / 2; ++k) {
    const double amplitude = colour.at(static_cast<double>(k) * bin_hz);
    spectrum[k] = amplitude * std::complex<double>(rng.normal(), rng.normal());
  }
  if (rng.chance(0.3)) {
    for (std::int64_t lines = 1 + rng.below(3); lines > 0; --lines) {
      const auto k =
          static_cast<std::size_t>(10 + rng.below(static_cast<std::int64_t>(n / 2) - 10));
      const double height =
          colour.at(static_cast<double>(k) * bin_hz) * std::pow(10.0, rng.uniform(0.5, 2.0));
      spectrum[k] += std::polar(height, rng.uniform(0.0, 2.0 * std::numbers::pi));
    }
  }
  // Half a spectrum: the real part of the transform is the signal wanted.
  inverse_fft(spectrum);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(spectrum[i].real());
  }
}

void random_direction(Rng& rng, double vertical_weight, double out[3]) {
  double norm = 0.0;
  for (int i = 0; i < 3; ++i) {
    out[i] = rng.normal() * (i == 0 ? vertical_weight : 1.0);
    norm += out[i] * out[i];
  }
  for (int i = 0; i < 3; ++i) {
    out[i] /= std::sqrt(norm);
  }
}

/// A random direction at right angles to `axis`.
void perpendicular(Rng& rng, const double axis[3], double out[3]) {
  double other[3];
  random_direction(rng, 1.0, other);
  out[0] = axis[1] * other[2] - axis[2] * other[1];
  out[1] = axis[2] * other[0] - axis[0] * other[2];
  out[2] = axis[0] * other[1] - axis[1] * other[0];
  const double norm = std::sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2]);
  for (int i = 0; i < 3; ++i) {
    out[i] /= std::max(norm, 1e-9);
  }
}

}  // namespace

LabelledWindow synthetic_noise(Rng& rng, std::int64_t samples, double sampling_rate_hz) {
  LabelledWindow window(samples);
  const double slope = rng.uniform(-1.2, 1.2);
  const double corner_hz = std::pow(10.0, rng.uniform(-1.0, 1.3));
  const bool modulated = rng.chance(0.3);
  for (std::size_t c = 0; c < kComponents; ++c) {
    const NoiseColour colour{slope + rng.uniform(-0.2, 0.2), rng.uniform(), corner_hz};
    const auto component = window.component(c);
    fill_noise(rng, colour, sampling_rate_hz, component);
    const double scale =
        std::pow(10.0, rng.uniform(-0.3, 0.3)) / (standard_deviation(component) + 1e-20);
    for (float& sample : component) {
      sample *= static_cast<float>(scale);
    }
  }
  if (modulated) {
    constexpr std::int64_t kKnots = 6;
    double knots[kKnots];
    for (double& knot : knots) {
      knot = rng.normal() * 0.4;
    }
    for (std::int64_t i = 0; i < samples; ++i) {
      const double position = static_cast<double>(i) * (kKnots - 1) / static_cast<double>(samples);
      const auto left = static_cast<std::int64_t>(position);
      const double fraction = position - static_cast<double>(left);
      const auto gain =
          static_cast<float>(std::exp(knots[left] + (knots[left + 1] - knots[left]) * fraction));
      for (std::size_t c = 0; c < kComponents; ++c) {
        window.component(c)[static_cast<std::size_t>(i)] *= gain;
      }
    }
  }
  return window;
}

void add_wave_train(Rng& rng,
                    const WaveTrain& train,
                    double onset,
                    double amplitude,
                    double sampling_rate_hz,
                    std::int64_t samples,
                    std::vector<float>& out) {
  // One common signal (rectilinear) and one per component (scattered), each white noise through a
  // low-pass and a high-pass around the corner. The filters run before the onset to settle.
  constexpr std::int64_t kSettle = 60;
  constexpr double kScattered[3] = {0.8, 1.0, 1.0};
  std::vector<ButterworthFilter> low;
  std::vector<ButterworthFilter> high;
  for (int i = 0; i < 4; ++i) {
    low.emplace_back(ButterworthFilter::Kind::kLowPass,
                     2,
                     std::min(0.45 * sampling_rate_hz, 1.6 * train.corner_hz),
                     sampling_rate_hz);
    high.emplace_back(ButterworthFilter::Kind::kHighPass,
                      1,
                      std::max(0.3, 0.35 * train.corner_hz),
                      sampling_rate_hz);
  }
  // Variance of the band: bandwidth over Nyquist, so that trains of all corners are equally strong.
  const double level =
      1.0 / std::sqrt(std::min(1.0, 1.4 * train.corner_hz / (0.5 * sampling_rate_hz)));
  const double half_cycle_s = 0.5 / train.corner_hz;
  const auto first = static_cast<std::int64_t>(std::ceil(onset));
  // The tail ends where it has decayed to e^-12.
  const std::int64_t last = std::min(
      samples, first + static_cast<std::int64_t>(12.0 * train.decay_s * sampling_rate_hz) + 1);
  for (std::int64_t i = std::max<std::int64_t>(first, 0) - kSettle; i < last; ++i) {
    double shaped[4];
    for (std::size_t k = 0; k < 4; ++k) {
      shaped[k] = high[k].step(low[k].step(rng.normal())) * level;
    }
    if (i < std::max<std::int64_t>(first, 0)) {
      continue;
    }
    const double t = (static_cast<double>(i) - onset) / sampling_rate_hz;
    const double envelope =
        (1.0 - std::exp(-2.0 * t / train.rise_s)) * std::exp(-t / train.decay_s);
    const double rectilinear = std::exp(-t / (3.0 * train.rise_s + 0.15));
    double pulse = 0.0;
    if (t < 2.0 * half_cycle_s) {
      pulse = train.impulse * std::sin(std::numbers::pi * t / half_cycle_s) *
              (t < half_cycle_s ? 1.0 : 0.6);
    }
    for (std::size_t c = 0; c < kComponents; ++c) {
      const double value = (train.direction[c] * shaped[0] * rectilinear +
                            shaped[c + 1] * (1.0 - 0.8 * rectilinear) * kScattered[c]) *
                               envelope +
                           train.direction[c] * pulse;
      out[c * static_cast<std::size_t>(samples) + static_cast<std::size_t>(i)] +=
          static_cast<float>(amplitude * value);
    }
  }
}

LabelledWindow synthetic_event(Rng& rng, const LabelledWindow& noise, double sampling_rate_hz) {
  LabelledWindow event(noise.samples);
  event.vertical_only = noise.vertical_only;
  const double s_minus_p_s = rng.log_uniform(0.6, 22.0);
  const double p_onset = rng.uniform(-0.3, 0.95) * static_cast<double>(noise.samples);
  const double s_onset = p_onset + s_minus_p_s * sampling_rate_hz;
  const double corner_hz = rng.log_uniform(1.5, 18.0);
  WaveTrain p;
  WaveTrain s;
  random_direction(rng, 2.5, p.direction);
  perpendicular(rng, p.direction, s.direction);
  p.corner_hz = corner_hz;
  s.corner_hz = corner_hz * rng.uniform(0.5, 1.0);
  const double s_amplitude = std::pow(10.0, rng.uniform(-0.1, 0.8));
  for (WaveTrain* train : {&p, &s}) {
    train->rise_s = rng.log_uniform(0.02, 0.25);
    train->decay_s = rng.log_uniform(0.5, 1.2 + 0.7 * s_minus_p_s);
    if (rng.chance(0.8)) {
      train->impulse = rng.uniform(0.5, 2.0) * (rng.chance(0.5) ? 1.0 : -1.0);
    }
  }
  add_wave_train(rng, p, p_onset, 1.0, sampling_rate_hz, noise.samples, event.data);
  add_wave_train(rng, s, s_onset, s_amplitude, sampling_rate_hz, noise.samples, event.data);
  float peak = 1e-9F;
  for (const float sample : event.component(0)) {
    peak = std::max(peak, std::abs(sample));
  }
  const double gain = (standard_deviation(noise.component(0)) + 1e-20) / static_cast<double>(peak) *
                      std::pow(10.0, rng.uniform(0.3, 2.5));
  for (float& sample : event.data) {
    sample *= static_cast<float>(gain);
  }
  if (event.vertical_only) {
    std::fill(event.data.begin() + event.samples, event.data.end(), 0.0F);
  }
  for (const PhaseLabel& label : {PhaseLabel{Phase::kP, p_onset}, PhaseLabel{Phase::kS, s_onset}}) {
    if (label.sample >= 0.0 && label.sample < static_cast<double>(noise.samples)) {
      event.labels.push_back(label);
    }
  }
  return superpose(event, noise, sampling_rate_hz);
}

}  // namespace geod::trainer
