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

double angular(double frequency_hz) {
  return 2.0 * std::numbers::pi * frequency_hz;
}

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
  const std::vector<Complex> spectrum =
      real_spectrum(values, fourier_length(values.size() + silence + 2));
  const double step_hz = rate_hz / (2.0 * static_cast<double>(spectrum.size() - 1));
  std::vector<std::size_t> restored;
  std::vector<double> frequencies_hz;
  for (std::size_t i = 1; i < spectrum.size(); ++i) {
    const double frequency_hz = static_cast<double>(i) * step_hz;
    if (band.weight(frequency_hz, rate_hz) > 0.0) {
      restored.push_back(i);
      frequencies_hz.push_back(frequency_hz);
    }
  }
  std::vector<Complex> counts_per_metre(frequencies_hz.size());
  response.per_metre(frequencies_hz, counts_per_metre);
  double largest = 0.0;  // of ground velocity, counts s/m
  for (std::size_t i = 0; i < restored.size(); ++i) {
    largest = std::max(largest, std::abs(counts_per_metre[i]) / angular(frequencies_hz[i]));
  }
  std::vector<Complex> trace(spectrum.size());
  for (std::size_t i = 0; i < restored.size(); ++i) {
    const double size = std::abs(counts_per_metre[i]);
    const double least = kWaterLevel * largest * angular(frequencies_hz[i]);
    if (size > 0.0) {
      trace[restored[i]] = spectrum[restored[i]] * band.weight(frequencies_hz[i], rate_hz) *
                           kNanometres * wood_anderson_response(frequencies_hz[i]) /
                           (counts_per_metre[i] * std::max(1.0, least / size));
    }
  }
  return samples_of(std::move(trace), counts.size());
}

}  // namespace geod::catalog
