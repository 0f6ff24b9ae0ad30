#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace geod {

/// Of the sorted values; the mean of the middle two when their number is even; 0 without any.
inline double median(std::vector<double> values) {
  if (values.empty()) {
    return 0.0;
  }
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}

/// 1.4826 times the median absolute deviation from `centre`: the standard deviation, were the
/// values normally distributed.
inline double robust_spread(std::vector<double> values, double centre) {
  constexpr double kSigmaOfMad = 1.4826;
  for (double& value : values) {
    value = std::abs(value - centre);
  }
  return kSigmaOfMad * median(std::move(values));
}

}  // namespace geod
