#include "trainer/scalar_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/error.hpp"
#include "trainer/calibration.hpp"

namespace geod::trainer {
namespace {

using models::Task;

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr double kRadiansPerDeg = std::numbers::pi / 180.0;
/// As in the published code, so that targets that are all alike divide.
constexpr double kTiny = 1e-6;

double mean_of(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) {
    sum += value;
  }
  return values.empty() ? kNothing : sum / static_cast<double>(values.size());
}

std::vector<double> absolute(std::span<const double> values) {
  std::vector<double> out;
  for (const double value : values) {
    out.push_back(std::abs(value));
  }
  return out;
}

CircularScores circular_scores(std::span<const double> degrees) {
  double cosine = 0.0;
  double sine = 0.0;
  for (const double each : degrees) {
    cosine += std::cos(each * kRadiansPerDeg);
    sine += std::sin(each * kRadiansPerDeg);
  }
  CircularScores out{kNothing, kNothing, kNothing};
  if (!degrees.empty()) {
    out.mean_deg = std::atan2(sine, cosine) / kRadiansPerDeg;
    // min: rounding may leave a little above 1.
    out.resultant_length =
        std::min(1.0, std::hypot(cosine, sine) / static_cast<double>(degrees.size()));
    out.std_deg = std::sqrt(-2.0 * std::log(out.resultant_length)) / kRadiansPerDeg;
  }
  return out;
}

/// The best answer for all: what a network must beat.
double constant_answer(Task task, std::span<const double> targets) {
  return task == Task::kBaz ? circular_scores(targets).mean_deg : quantile(targets, 0.5);
}

double residual(Task task, double target, double prediction) {
  const double plain = target - prediction;
  return task == Task::kBaz ? wrapped_deg(plain) : plain;
}

double r_squared(Task task, std::span<const double> targets, std::span<const double> residuals) {
  const double mean = mean_of(targets);
  double unexplained = 0.0;
  double whole = 0.0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    unexplained += residuals[i] * residuals[i];
    const double off = residual(task, targets[i], mean);
    whole += off * off;
  }
  return targets.empty() ? kNothing : 1.0 - unexplained / (whole + kTiny);
}

std::vector<WithinLimit> limits_of(Task task) {
  switch (task) {
    case Task::kBaz:
      return {{10.0, false, 0.0}, {20.0, false, 0.0}, {45.0, false, 0.0}};
    case Task::kDis:
      return {{0.1, true, 0.0}, {0.25, true, 0.0}, {0.5, true, 0.0}};
    default:
      return {{0.2, false, 0.0}, {0.3, false, 0.0}, {0.5, false, 0.0}};
  }
}

std::vector<WithinLimit> shares_within(Task task,
                                       std::span<const double> targets,
                                       std::span<const double> residuals) {
  std::vector<WithinLimit> limits = limits_of(task);
  for (WithinLimit& limit : limits) {
    std::int64_t inside = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const double scale = limit.relative ? std::abs(targets[i]) : 1.0;
      inside += std::abs(residuals[i]) <= limit.limit * scale ? 1 : 0;
    }
    limit.share = targets.empty()
                      ? kNothing
                      : static_cast<double>(inside) / static_cast<double>(targets.size());
  }
  return limits;
}

}  // namespace

double wrapped_deg(double residual_deg) {
  if (residual_deg > 180.0) {
    return residual_deg - 360.0;
  }
  return residual_deg < -180.0 ? residual_deg + 360.0 : residual_deg;
}

double published_residual(Task task, const ScalarResult& result) {
  return residual(task, result.target, result.prediction);
}

RegressionScores regression_scores(Task task, std::span<const ScalarResult> results) {
  GEOD_CHECK(task == Task::kEmg || task == Task::kDis || task == Task::kBaz,
             "a task that gives one number");
  std::vector<double> targets;
  std::vector<double> residuals;
  std::vector<double> squares;
  for (const ScalarResult& each : results) {
    targets.push_back(each.target);
    residuals.push_back(published_residual(task, each));
    squares.push_back(residuals.back() * residuals.back());
  }
  RegressionScores out;
  out.count = static_cast<std::int64_t>(results.size());
  out.mean = mean_of(residuals);
  out.mae = mean_of(absolute(residuals));
  out.rmse = std::sqrt(mean_of(squares));
  // max: rounding may leave a little below 0.
  out.std =
      results.empty() ? kNothing : std::sqrt(std::max(0.0, mean_of(squares) - out.mean * out.mean));
  out.r2 = r_squared(task, targets, residuals);
  out.median_absolute = quantile(absolute(residuals), 0.5);
  out.p90_absolute = quantile(absolute(residuals), 0.9);
  const double constant = constant_answer(task, targets);
  std::vector<double> constant_residuals;
  for (const double target : targets) {
    constant_residuals.push_back(std::abs(residual(task, target, constant)));
  }
  out.constant_mae = mean_of(constant_residuals);
  out.skill = out.constant_mae > 0.0 ? 1.0 - out.mae / out.constant_mae : kNothing;
  out.within = shares_within(task, targets, residuals);
  if (task == Task::kBaz) {
    for (double& each : residuals) {
      each = -each;
    }
    out.circular = circular_scores(residuals);
  }
  const std::vector<double> normalised = normalised_residuals(task, results);
  out.stated_count = static_cast<std::int64_t>(normalised.size());
  out.within_one_sigma = share_within(normalised, 1.0);
  out.within_two_sigma = share_within(normalised, 2.0);
  return out;
}

std::vector<double> normalised_residuals(Task task, std::span<const ScalarResult> results) {
  std::vector<double> out;
  for (const ScalarResult& each : results) {
    if (each.uncertainty > 0.0) {
      out.push_back(published_residual(task, each) / each.uncertainty);
    }
  }
  return out;
}

}  // namespace geod::trainer
