#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "core/pick.hpp"
#include "core/time.hpp"

namespace geod {

/// How the picks of one phase of two networks differ. Differences are candidate minus active.
struct PickComparison {
  std::size_t active = 0;     ///< picks of the active network
  std::size_t candidate = 0;  ///< picks of the candidate
  std::size_t matched = 0;    ///< in both, at most the tolerance apart
  /// Of the matched ones.
  double time_median_s = 0.0;
  double time_spread_s = 0.0;  ///< see robust_spread
  double probability_mean = 0.0;

  std::size_t only_active() const { return active - matched; }
  std::size_t only_candidate() const { return candidate - matched; }
};

/// Matches picks of one instrument and phase that lie within `tolerance`, each at most once, the
/// nearest first in time order. The order of the lists does not matter.
std::map<Phase, PickComparison> compare_picks(std::vector<Pick> active,
                                              std::vector<Pick> candidate,
                                              Duration tolerance);

}  // namespace geod
