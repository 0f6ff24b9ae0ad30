#include "catalog/fourier.hpp"

#include <algorithm>
#include <numbers>
#include <utility>

#include "core/error.hpp"

namespace geod::catalog {
namespace {

/// In place, radix 2 with decimation in time (Cooley and Tukey 1965). `sign` is that of the
/// exponent.
void transform(std::vector<std::complex<double>>& values, double sign) {
  const std::size_t length = values.size();
  for (std::size_t i = 1, mirrored = 0; i < length; ++i) {
    std::size_t bit = length >> 1U;
    for (; (mirrored & bit) != 0; bit >>= 1U) {
      mirrored ^= bit;
    }
    mirrored ^= bit;
    if (i < mirrored) {
      std::swap(values[i], values[mirrored]);
    }
  }
  std::vector<std::complex<double>> roots(length / 2);
  for (std::size_t i = 0; i < roots.size(); ++i) {
    roots[i] = std::polar(
        1.0, sign * 2.0 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(length));
  }
  for (std::size_t half = 1; half < length; half *= 2) {
    const std::size_t step = length / (2 * half);
    for (std::size_t begin = 0; begin < length; begin += 2 * half) {
      for (std::size_t i = 0; i < half; ++i) {
        const std::complex<double> odd = roots[i * step] * values[begin + half + i];
        values[begin + half + i] = values[begin + i] - odd;
        values[begin + i] += odd;
      }
    }
  }
}

}  // namespace

std::size_t fourier_length(std::size_t count) {
  std::size_t length = 1;
  while (length < count) {
    length *= 2;
  }
  return length;
}

std::vector<std::complex<double>> real_spectrum(std::span<const double> samples,
                                                std::size_t length) {
  GEOD_CHECK(length >= 2 && length == fourier_length(length) && samples.size() <= length,
             "the length of a spectrum is a power of two, not below the samples");
  std::vector<std::complex<double>> values(samples.begin(), samples.end());
  values.resize(length);
  transform(values, -1.0);
  values.resize(length / 2 + 1);
  return values;
}

std::vector<double> samples_of(std::vector<std::complex<double>> spectrum, std::size_t count) {
  const std::size_t length = 2 * (spectrum.size() - 1);
  GEOD_CHECK(length >= 2 && length == fourier_length(length) && count <= length,
             "a spectrum has half a power of two and one values");
  spectrum.resize(length);
  for (std::size_t i = 1; i < length / 2; ++i) {
    spectrum[length - i] = std::conj(spectrum[i]);
  }
  transform(spectrum, 1.0);
  std::vector<double> samples(count);
  std::transform(spectrum.begin(),
                 spectrum.begin() + static_cast<std::ptrdiff_t>(count),
                 samples.begin(),
                 [length](const std::complex<double>& value) {
                   return value.real() / static_cast<double>(length);
                 });
  return samples;
}

}  // namespace geod::catalog
