#include "catalog/wood_anderson.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

#include "catalog/fourier.hpp"

namespace geod::catalog {
namespace {

using Complex = std::complex<double>;

constexpr double kPeriodS = 0.8;
constexpr double kDamping = 0.7;
constexpr double kNanometres = 1e9;
constexpr double kWaterLevel = 1e-3;

double cosine_rise(double part) {
  return 0.5 * (1.0 - std::cos(std::numbers::pi * std::clamp(part, 0.0, 1.0)));
}

/// Takes off the line of least squares.
std::vector<double> without_line(std::span<const double> values) {
  const auto count = static_cast<double>(values.size());
  const double middle = 0.5 * (count - 1.0);
  double mean = 0.0;
  double slope = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    mean += values[i] / count;
  }
  const double inertia = count * (count * count - 1.0) / 12.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    slope += (static_cast<double>(i) - middle) * (values[i] - mean) / inertia;
  }
  std::vector<double> rest(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    rest[i] = values[i] - mean - slope * (static_cast<double>(i) - middle);
  }
  return rest;
}

void taper(std::vector<double>& values, double flank_samples) {
  const auto count = static_cast<double>(values.size());
  const double flank = std::clamp(flank_samples, 1.0, 0.5 * count);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto at = static_cast<double>(i);
    values[i] *= cosine_rise(at / flank) * cosine_rise((count - 1.0 - at) / flank);
  }
}

}  // namespace

std::complex<double> wood_anderson_response(double frequency_hz) {
  const Complex s(0.0, 2.0 * std::numbers::pi * frequency_hz);
  const double natural = 2.0 * std::numbers::pi / kPeriodS;
  return s * s / (s * s + 2.0 * kDamping * natural * s + natural * natural);
}

double RestoredBand::weight(double frequency_hz, double rate_hz) const {
  const double nyquists = frequency_hz / (0.5 * rate_hz);
  return cosine_rise((frequency_hz - low_zero_hz) / (low_pass_hz - low_zero_hz)) *
         cosine_rise((high_zero_nyquists - nyquists) / (high_zero_nyquists - high_pass_nyquists));
}

std::vector<double> wood_anderson_nm(std::span<const double> counts,
                                     double rate_hz,
                                     const FrequencyResponse& response,
                                     double taper_s,
                                     const RestoredBand& band) {
  std::vector<double> values = without_line(counts);
  taper(values, taper_s * rate_hz);
  // Zeros for as long as the slowest restored wave swings, so that the end does not reach the
  // beginning.
  const auto silence = static_cast<std::size_t>(rate_hz / band.low_zero_hz);
  std::vector<Complex> spectrum =
      real_spectrum(values, fourier_length(values.size() + silence + 2));
  const double step_hz = rate_hz / (2.0 * static_cast<double>(spectrum.size() - 1));
  std::vector<Complex> velocity(spectrum.size());  // counts s/m
  double largest = 0.0;
  for (std::size_t i = 1; i < spectrum.size(); ++i) {
    const double frequency_hz = static_cast<double>(i) * step_hz;
    if (band.weight(frequency_hz, rate_hz) > 0.0) {
      velocity[i] =
          response.per_metre(frequency_hz) / Complex(0.0, 2.0 * std::numbers::pi * frequency_hz);
      largest = std::max(largest, std::abs(velocity[i]));
    }
  }
  spectrum[0] = 0.0;
  for (std::size_t i = 1; i < spectrum.size(); ++i) {
    const double frequency_hz = static_cast<double>(i) * step_hz;
    const double weight = band.weight(frequency_hz, rate_hz);
    const double size = std::abs(velocity[i]);
    if (weight == 0.0 || size == 0.0) {
      spectrum[i] = 0.0;
      continue;
    }
    const Complex raised = velocity[i] * std::max(1.0, kWaterLevel * largest / size);
    spectrum[i] *= weight * kNanometres * wood_anderson_response(frequency_hz) /
                   (raised * Complex(0.0, 2.0 * std::numbers::pi * frequency_hz));
  }
  return samples_of(std::move(spectrum), counts.size());
}

}  // namespace geod::catalog
