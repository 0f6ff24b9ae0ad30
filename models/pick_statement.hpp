#pragma once

#include "core/pick.hpp"
#include "models/manifest.hpp"

namespace geod::models {

/// The probability a pick of this phase and score is stated with.
double pick_probability(const PickSettings& settings, Phase phase, double score);

/// The standard deviation of its time, without that of the clock: linear from the threshold's to
/// that of score 1.
double pick_sigma_s(const PickSettings& settings, Phase phase, double score);

}  // namespace geod::models
