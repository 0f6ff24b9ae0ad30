#pragma once

#include <array>
#include <span>

namespace geod::catalog {

/// A travel-time residual of one observation, linearised in east, north, depth and time.
struct TimeRow {
  double residual_s = 0.0;
  double sigma_s = 0.1;
  std::array<double, 4> slopes{};  ///< s/km, s/km, s/km, 1
  double share = 1.0;
  double shared_sigma_s = 0.0;  ///< of its ModelError, which is no part of sigma_s
};

/// Of a residual in standard deviations: Huber's weight and value.
double huber_weight(double residual, double limit);
double huber_value(double residual, double limit);

/// How late the clock is that all `rows` were timed with: what makes the sum of Huber's values of
/// the residuals and of (late / prior_sigma_s)^2 / 2 least. At least one row. In seconds.
double clock_late_s(std::span<const TimeRow> rows, double prior_sigma_s, double huber_limit);

}  // namespace geod::catalog
