#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "storage/query.hpp"

namespace geod {

/// How two bundles of a scalar task differ on the same P picks. Differences are candidate minus
/// active, in the unit of the task: of baz degrees in (-180, 180], of pmp the probability of up.
struct EstimateComparison {
  std::size_t active = 0;     ///< picks that the active bundle spoke of
  std::size_t candidate = 0;  ///< picks that the candidate spoke of
  std::size_t matched = 0;    ///< both
  /// Of the matched ones.
  double difference_median = 0.0;
  double difference_spread = 0.0;       ///< see robust_spread
  std::optional<double> same_polarity;  ///< pmp: share on the same side of 0.5

  std::size_t only_active() const { return active - matched; }
  std::size_t only_candidate() const { return candidate - matched; }
};

EstimateComparison compare_estimates(std::string_view task,
                                     std::span<const storage::EstimatePair> pairs);

}  // namespace geod
