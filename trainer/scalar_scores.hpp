#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/geometry.hpp"

namespace geod::trainer {

/// One P of one station: what is known and what a network says. Units of the task: emg magnitude,
/// dis km, baz degrees.
struct ScalarResult {
  double target = 0.0;
  double prediction = 0.0;
  double uncertainty = 0.0;  ///< one standard deviation; 0: none is stated
};

/// Share of the results whose absolute residual is at most `limit`.
struct WithinLimit {
  double limit = 0.0;
  bool relative = false;  ///< the limit is a share of the target (dis)
  double share = 0.0;
};

/// Directions, of residuals prediction - target (baz).
struct CircularScores {
  double mean_deg = 0.0;          ///< of the mean unit vector
  double resultant_length = 0.0;  ///< of the mean unit vector: 1 all alike, 0 no direction
  double std_deg = 0.0;           ///< sqrt(-2 ln resultant_length)
};

/// Errors of a task that gives one number. NaN where there is nothing to divide by.
struct RegressionScores {
  std::int64_t count = 0;

  // As published: residuals target - prediction, every sum divided by all results, directions
  // wrapped. SeisMoLLM's metrics.
  double mean = 0.0;
  double mae = 0.0;
  double rmse = 0.0;
  double std = 0.0;
  /// 1 - sum r^2 / (sum (t - mean t)^2 + 1e-6); for baz the mean of t is that of plain numbers.
  double r2 = 0.0;

  // What these hide.
  double median_absolute = 0.0;
  double p90_absolute = 0.0;
  /// MAE of the best answer that does not look at the record: the median of the targets (baz:
  /// their mean direction).
  double constant_mae = 0.0;
  double skill = 0.0;  ///< 1 - mae / constant_mae: 0 is no better than that answer
  std::vector<WithinLimit> within;
  CircularScores circular;  ///< baz only; else zeros

  // Of the stated uncertainty, over the results that state one.
  std::int64_t stated_count = 0;
  double within_one_sigma = 0.0;  ///< share; 0.683 when it is right
  double within_two_sigma = 0.0;  ///< 0.954
};

/// The residual of two directions: r itself up to 180 degrees, else r - 360 or r + 360.
double wrapped_deg(double residual_deg);

/// target - prediction, wrapped for baz.
double published_residual(models::Task task, const ScalarResult& result);

/// @param task  emg, dis or baz (others are programmer errors).
RegressionScores regression_scores(models::Task task, std::span<const ScalarResult> results);

/// Residual / stated standard deviation, of the results that state one.
std::vector<double> normalised_residuals(models::Task task, std::span<const ScalarResult> results);

}  // namespace geod::trainer
