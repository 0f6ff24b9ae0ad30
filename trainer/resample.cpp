#include "trainer/resample.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace geod::trainer {
namespace {

constexpr double kZeroCrossings = 16.0;
constexpr double kKaiserBeta = 8.6;
constexpr double kCorner = 0.95;

/// Modified Bessel function of order zero, power series.
double bessel_i0(double x) {
  double sum = 1.0;
  double term = 1.0;
  for (int k = 1; term > sum * 1e-16; ++k) {
    term *= (x / (2.0 * k)) * (x / (2.0 * k));
    sum += term;
  }
  return sum;
}

double kernel(double distance, double half_width, double cutoff) {
  const double u = distance / half_width;
  const double window = bessel_i0(kKaiserBeta * std::sqrt(std::max(0.0, 1.0 - u * u)));
  const double x = std::numbers::pi * cutoff * distance;
  return window * (std::abs(x) < 1e-12 ? 1.0 : std::sin(x) / x);
}

}  // namespace

std::int64_t resampled_length(std::int64_t count, double from_hz, double to_hz) {
  if (from_hz == to_hz || count == 0) {
    return count;
  }
  const double last = static_cast<double>(count - 1) * to_hz / from_hz;
  return static_cast<std::int64_t>(std::floor(last + 1e-9)) + 1;
}

std::vector<float> resample(std::span<const double> signal, double from_hz, double to_hz) {
  const auto count = static_cast<std::int64_t>(signal.size());
  if (from_hz == to_hz || count == 0) {
    std::vector<float> copy(signal.size());
    std::ranges::transform(signal, copy.begin(), [](double v) { return static_cast<float>(v); });
    return copy;
  }
  const double cutoff = kCorner * std::min(1.0, to_hz / from_hz);
  const double half_width = kZeroCrossings / cutoff;
  const double ratio = from_hz / to_hz;
  const std::int64_t outputs = resampled_length(count, from_hz, to_hz);
  std::vector<float> out(static_cast<std::size_t>(outputs));
  // Positions repeat for rational ratios: the weights of the last few phases are kept.
  std::vector<std::pair<double, std::vector<double>>> phases;
  const auto reach = static_cast<std::int64_t>(std::ceil(half_width));
  for (std::int64_t k = 0; k < outputs; ++k) {
    const double position = static_cast<double>(k) * ratio;
    const auto centre = static_cast<std::int64_t>(std::floor(position + 1e-9));
    const double phase = std::round((position - static_cast<double>(centre)) * 1e7) / 1e7;
    auto found = std::ranges::find_if(phases, [&](const auto& p) { return p.first == phase; });
    if (found == phases.end()) {
      std::vector<double> weights;
      double sum = 0.0;
      for (std::int64_t j = -reach; j <= reach + 1; ++j) {
        const double distance = static_cast<double>(j) - phase;
        const double w =
            std::abs(distance) < half_width ? kernel(distance, half_width, cutoff) : 0.0;
        weights.push_back(w);
        sum += w;
      }
      for (double& w : weights) {
        w /= sum;
      }
      if (phases.size() >= 64) {
        phases.clear();
      }
      phases.emplace_back(phase, std::move(weights));
      found = std::prev(phases.end());
    }
    double value = 0.0;
    for (std::int64_t j = -reach; j <= reach + 1; ++j) {
      const std::int64_t i = std::clamp<std::int64_t>(centre + j, 0, count - 1);
      value +=
          found->second[static_cast<std::size_t>(j + reach)] * signal[static_cast<std::size_t>(i)];
    }
    out[static_cast<std::size_t>(k)] = static_cast<float>(value);
  }
  return out;
}

}  // namespace geod::trainer
