#pragma once

#include <complex>
#include <span>
#include <vector>

#include "catalog/frequency_response.hpp"

namespace geod::catalog {

/// The torsion seismometer of Wood and Anderson with the constants of Uhrhammer and Collins (1990):
/// period 0.8 s, damping 0.7; of static magnification 1, as IASPEI's ML wants it.
/// Trace over ground displacement at a positive frequency.
std::complex<double> wood_anderson_response(double frequency_hz);

/// Where ground motion is restored: nothing outside the zeros, all of it inside the passes, cosine
/// flanks between.
struct RestoredBand {
  double low_zero_hz = 0.05;
  double low_pass_hz = 0.1;
  double high_pass_nyquists = 0.7;  ///< as a part of half the sample rate, as the next
  double high_zero_nyquists = 0.9;

  double weight(double frequency_hz, double rate_hz) const;
};

/// Trace of that seismometer, nm, one value a sample, from the counts of another: line and mean
/// taken off, cosine flanks of `taper_s` at both ends, then divided by the response in the
/// frequency domain. Where the response falls below a thousandth of its largest value in the band
/// (of ground velocity), it is raised to that.
///
/// @param counts  gap-free and finite, at least two.
std::vector<double> wood_anderson_nm(std::span<const double> counts,
                                     double rate_hz,
                                     const FrequencyResponse& response,
                                     double taper_s,
                                     const RestoredBand& band = {});

}  // namespace geod::catalog
