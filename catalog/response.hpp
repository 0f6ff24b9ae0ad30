#pragma once

#include <complex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace geod::catalog {

/// Unit in which poles and zeros are given.
enum class PoleUnit { kRadiansPerSecond, kHertz, kDigital };

/// Stage of poles and zeros: A0 prod(s - zero) / prod(s - pole).
struct PolesZeros {
  PoleUnit unit = PoleUnit::kRadiansPerSecond;
  double normalization_factor = 1.0;  ///< A0
  double normalization_frequency_hz = 0.0;
  std::vector<std::complex<double>> zeros;
  std::vector<std::complex<double>> poles;
  bool operator==(const PolesZeros&) const = default;
};

/// How a FIR filter is written. A reader takes a symmetric one to be without delay.
enum class FirSymmetry { kNone, kEven, kOdd };

/// Digital stage: numerator over denominator, both polynomials in 1/z. A FIR filter has no
/// denominator; of a symmetric one all coefficients are here, not only the half that is written.
struct Coefficients {
  std::vector<double> numerator;
  std::vector<double> denominator;
  FirSymmetry symmetry = FirSymmetry::kNone;  ///< as in the file
  bool operator==(const Coefficients&) const = default;
};

/// A kind of stage that geod does not compute with: "Polynomial", "ResponseList", or coefficients
/// of an analogue filter.
struct OtherFilter {
  std::string kind;
  bool operator==(const OtherFilter&) const = default;
};

struct Decimation {
  double input_rate_hz = 0.0;
  int factor = 1;             ///< 0 in some files: none
  double delay_s = 0.0;       ///< of the filter
  double correction_s = 0.0;  ///< taken off the time stamps already
  int offset = 0;             ///< which sample of each `factor` is kept, from 0
  bool operator==(const Decimation&) const = default;
};

/// One stage from ground motion to counts. Without a filter it is its gain alone.
struct ResponseStage {
  int number = 0;
  std::string input_units;   ///< as in the file, e.g. "M/S"; empty in a stage of a gain alone
  std::string output_units;  ///< e.g. "COUNTS"
  double gain = 1.0;
  double gain_frequency_hz = 0.0;
  std::variant<std::monostate, PolesZeros, Coefficients, OtherFilter> filter;
  std::optional<Decimation> decimation;
  bool operator==(const ResponseStage&) const = default;
};

/// Counts a unit of ground motion, at one frequency.
struct Sensitivity {
  double value = 0.0;
  double frequency_hz = 0.0;
  std::string input_units;
  std::string output_units;
  bool operator==(const Sensitivity&) const = default;
};

/// Instrument response of one channel in one epoch.
struct InstrumentResponse {
  std::optional<Sensitivity> sensitivity;
  std::vector<ResponseStage> stages;  ///< in the order of their numbers
  bool operator==(const InstrumentResponse&) const = default;
};

}  // namespace geod::catalog
