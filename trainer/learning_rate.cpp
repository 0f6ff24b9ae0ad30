#include "trainer/learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace geod::trainer {

double cyclic_rate(std::int64_t step,
                   double base_rate,
                   double max_rate,
                   std::int64_t up_steps,
                   std::int64_t down_steps) {
  const auto period = static_cast<double>(up_steps + down_steps);
  const double position = static_cast<double>(step) / period;
  const double x = position - std::floor(position);
  const double up = static_cast<double>(up_steps) / period;
  const double scale = x <= up ? x / up : (x - 1.0) / (up - 1.0);
  return base_rate + (max_rate - base_rate) * scale;
}

double warmup_cosine_rate(std::int64_t step,
                          double fraction,
                          double peak_rate,
                          std::int64_t warmup_steps) {
  constexpr double kFloor = 0.01;
  const double warm = std::min(
      1.0,
      static_cast<double>(step + 1) / static_cast<double>(std::max<std::int64_t>(1, warmup_steps)));
  const double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * std::clamp(fraction, 0.0, 1.0)));
  return peak_rate * warm * (kFloor + (1.0 - kFloor) * cosine);
}

double epoch_warmup_cosine_rate(std::int64_t epoch,
                                std::int64_t epochs,
                                double base_rate,
                                std::int64_t warmup_epochs) {
  if (epoch < warmup_epochs) {
    return base_rate * static_cast<double>(epoch);
  }
  const double peak = base_rate * static_cast<double>(warmup_epochs - 1);
  const double past = static_cast<double>(epoch - warmup_epochs + 1) / static_cast<double>(epochs);
  return peak * 0.5 * (1.0 + std::cos(std::numbers::pi * past));
}

double warmup_multistep_rate(std::int64_t step,
                             double base_rate,
                             std::int64_t warmup_steps,
                             std::span<const std::int64_t> milestone_steps) {
  constexpr double kFirst = 1e-5;
  constexpr double kFactor = 0.1;
  double rate = base_rate;
  if (step < warmup_steps) {
    const double done = static_cast<double>(step) / static_cast<double>(warmup_steps);
    rate *= kFirst * (1.0 - done) + done;
  }
  for (const std::int64_t milestone : milestone_steps) {
    rate *= milestone <= step ? kFactor : 1.0;
  }
  return rate;
}

}  // namespace geod::trainer
