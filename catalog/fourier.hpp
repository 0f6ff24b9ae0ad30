#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace geod::catalog {

/// Least power of two that is not below `count`.
std::size_t fourier_length(std::size_t count);

/// Spectrum of `samples` followed by zeros up to `length`, a power of two: X[k] = sum x[n]
/// exp(-2 pi i k n / length) for k = 0 ... length / 2.
std::vector<std::complex<double>> real_spectrum(std::span<const double> samples,
                                                std::size_t length);

/// The first `count` samples of the inverse of real_spectrum, whose length is 2 (size - 1).
std::vector<double> samples_of(std::vector<std::complex<double>> spectrum, std::size_t count);

}  // namespace geod::catalog
