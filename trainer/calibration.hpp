#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace geod::trainer {

/// A stated probability and whether what it was stated for is so.
struct StatedProbability {
  double probability = 0.0;
  bool is_so = false;
};

/// The statements of one range of probability: what they said on average, and how often it was so.
struct ReliabilityBin {
  double lower = 0.0;
  double upper = 0.0;
  std::int64_t count = 0;
  double mean_probability = 0.0;  ///< NaN when empty
  double observed = 0.0;          ///< share that is so; NaN when empty
};

/// Whether stated probabilities can be taken at their word.
struct Reliability {
  std::vector<ReliabilityBin> bins;  ///< of equal width over [0, 1]
  std::int64_t count = 0;
  double expected_error = 0.0;  ///< mean of |stated - observed| over the bins, by count
  double brier = 0.0;           ///< mean squared distance of the statement from 0 or 1
};

/// All of it NaN and zeros without statements.
Reliability reliability(std::span<const StatedProbability> stated, int bin_count);

/// How often residuals lie within the interval that a stated standard deviation means.
struct CoverageRow {
  double nominal = 0.0;  ///< share of a normal distribution within +-`deviations`
  double deviations = 0.0;
  double observed = 0.0;  ///< share of the residuals; NaN without any
};

/// Coverage of central intervals from 10 % to 95 %.
/// @param normalised  residual / stated standard deviation.
std::vector<CoverageRow> coverage(std::span<const double> normalised);

/// Share of `normalised` within +-`deviations`; NaN without any.
double share_within(std::span<const double> normalised, double deviations);

/// Quantile in [0, 1] of the values, linear between neighbours; NaN without any.
double quantile(std::span<const double> values, double share);

}  // namespace geod::trainer
