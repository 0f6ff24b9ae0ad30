#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "trainer/calibration.hpp"

namespace geod::trainer {

/// Observed against stated probability of each named set, with the diagonal: an SVG picture.
std::string reliability_figure(const std::vector<std::pair<std::string, Reliability>>& named,
                               std::string title);

/// Share of the residuals within the interval that their stated deviations mean, against its
/// nominal share; sets are normalised residuals.
std::string coverage_figure(const std::vector<std::pair<std::string, std::vector<double>>>& named,
                            std::string title);

}  // namespace geod::trainer
