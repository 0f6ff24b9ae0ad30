#pragma once

#include <optional>
#include <span>
#include <vector>

namespace geod::models {

/// A line through points of which a good part may lie anywhere.
struct RobustLine {
  double slope = 0.0;
  double at_zero = 0.0;  ///< value at x = 0
  double scatter = 0.0;  ///< 1.4826 times the median distance of the points: sigma if normal

  double at(double x) const { return at_zero + slope * x; }
};

/// The upper median. Not of nothing.
double median_of(std::vector<double> values);

/// `x` ascending. The slope is the median over the pairs of points half the points apart, the
/// offset the median of what is left: up to a quarter of the points may be outliers. nullopt for
/// fewer than four points.
/// Source: Theil (1950) and Sen (1968), the incomplete form with n / 2 pairs.
std::optional<RobustLine> robust_line(std::span<const double> x, std::span<const double> y);

}  // namespace geod::models
