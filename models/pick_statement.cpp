#include "models/pick_statement.hpp"

#include <algorithm>

#include "models/calibration.hpp"

namespace geod::models {

double pick_probability(const PickSettings& settings, Phase phase, double score) {
  return calibrated(phase == Phase::kP ? settings.calibration_p : settings.calibration_s, score);
}

double pick_sigma_s(const PickSettings& settings, Phase phase, double score) {
  const double(&table)[2] = phase == Phase::kP ? settings.sigma_p_s : settings.sigma_s_s;
  const double threshold = phase == Phase::kP ? settings.threshold_p : settings.threshold_s;
  const double place =
      threshold < 1.0 ? std::clamp((score - threshold) / (1.0 - threshold), 0.0, 1.0) : 1.0;
  return table[1] + place * (table[0] - table[1]);
}

}  // namespace geod::models
