#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/error.hpp"

namespace geod::trainer {

/// Shares of a split; what is left over is for testing.
struct SplitShares {
  double train = 0.8;
  double validation = 0.1;
};

/// How recordings are split. A split is a function of the recordings and of these alone, so that
/// `geod eval` finds the part that `geod train` left out.
struct SplitOptions {
  std::optional<SplitShares> shares;  ///< nothing: the parts the data set names
  std::uint64_t seed = 0;
  bool by_row = false;  ///< as published, not by event
};

/// Reads "0.8/0.1/0.1". kConfig unless they are three numbers from 0 that add up to 1.
Result<SplitShares> parse_split(std::string_view text);

}  // namespace geod::trainer
