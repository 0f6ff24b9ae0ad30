#include "catalog/shared_clock.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace geod::catalog {

double huber_weight(double residual, double limit) {
  const double size = std::abs(residual);
  return size <= limit ? 1.0 : limit / size;
}

double huber_value(double residual, double limit) {
  const double size = std::abs(residual);
  return size <= limit ? 0.5 * residual * residual : limit * (size - 0.5 * limit);
}

double clock_late_s(std::span<const TimeRow> rows, double prior_sigma_s, double huber_limit) {
  std::vector<double> residuals_s;
  residuals_s.reserve(rows.size());
  for (const TimeRow& row : rows) {
    residuals_s.push_back(row.residual_s);
  }
  const auto middle = residuals_s.begin() + static_cast<std::ptrdiff_t>(residuals_s.size() / 2);
  std::nth_element(residuals_s.begin(), middle, residuals_s.end());
  // From the median a few weighted means: the value falls with each.
  constexpr int kRounds = 8;
  double late_s = *middle;
  for (int round = 0; round < kRounds; ++round) {
    double sum = 0.0;
    double weights = 1.0 / (prior_sigma_s * prior_sigma_s);
    for (const TimeRow& row : rows) {
      const double weight = row.share *
                            huber_weight((row.residual_s - late_s) / row.sigma_s, huber_limit) /
                            (row.sigma_s * row.sigma_s);
      sum += weight * row.residual_s;
      weights += weight;
    }
    late_s = sum / weights;
  }
  return late_s;
}

}  // namespace geod::catalog
