#pragma once

#include <string_view>

#include "core/error.hpp"

namespace geod::trainer {

/// Shares of a split; what is left over is for testing.
struct SplitShares {
  double train = 0.8;
  double validation = 0.1;
};

/// Reads "0.8/0.1/0.1". kConfig unless they are three numbers from 0 that add up to 1.
Result<SplitShares> parse_split(std::string_view text);

}  // namespace geod::trainer
