#pragma once

#include <span>
#include <string>

#include "trainer/calibration.hpp"

namespace geod::trainer {

/// {"count", "expected_error", "brier", "bins": [[lower, upper, count, stated, observed], ...]};
/// bins without a statement are left out.
std::string reliability_to_json(const Reliability& reliability);

/// {"count", "within_one_sigma", "within_two_sigma"} of residuals over their stated deviations.
std::string coverage_to_json(std::span<const double> normalised);

}  // namespace geod::trainer
