#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace geod::trainer {

/// One-to-one pairs (label, pick) of two ascending series of times that lie within `tolerance` of
/// each other: as many pairs as possible, and of those the least summed distance.
std::vector<std::pair<std::size_t, std::size_t>> match_picks(std::span<const double> labels,
                                                             std::span<const double> picks,
                                                             double tolerance);

}  // namespace geod::trainer
