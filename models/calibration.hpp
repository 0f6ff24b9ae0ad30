#pragma once

#include <algorithm>
#include <utility>
#include <vector>

namespace geod::models {

/// Linear between the rows of a (score, observed probability) table that ascends in score, clamped
/// at its ends. An empty table leaves the score as it is.
inline double calibrated(const std::vector<std::pair<double, double>>& table, double score) {
  if (table.empty()) {
    return score;
  }
  const auto above = std::find_if(
      table.begin(), table.end(), [score](const auto& row) { return row.first > score; });
  if (above == table.begin()) {
    return table.front().second;
  }
  if (above == table.end()) {
    return table.back().second;
  }
  const auto& [low, low_value] = *(above - 1);
  const auto& [high, high_value] = *above;
  return low_value + (high_value - low_value) * (score - low) / (high - low);
}

}  // namespace geod::models
