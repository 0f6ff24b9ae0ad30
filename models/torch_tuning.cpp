#include "models/torch_tuning.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace geod::models {

Result<PrecisionChoice> choose_precision(Precision wanted,
                                         double float32_s,
                                         double bfloat16_s,
                                         double score_change) {
  if (wanted == Precision::kFloat32) {
    return PrecisionChoice{false, "float32: as configured"};
  }
  const double gain = float32_s / bfloat16_s;
  const bool is_accurate = score_change <= kMaxScoreChange;
  if (wanted == Precision::kBfloat16) {
    if (!is_accurate) {
      return fail(Errc::kDevice,
                  "precision bfloat16 moves scores of this model by {:.3f}, allowed is {}; set "
                  "precision to auto or float32",
                  score_change,
                  kMaxScoreChange);
    }
    return PrecisionChoice{
        true, fmt::format("bfloat16: as configured, scores within {:.4f}", score_change)};
  }
  if (!is_accurate) {
    return PrecisionChoice{false,
                           fmt::format("float32: bfloat16 moves scores by {:.3f}, allowed is {}",
                                       score_change,
                                       kMaxScoreChange)};
  }
  if (gain < kMinPrecisionGain) {
    return PrecisionChoice{false,
                           fmt::format("float32: bfloat16 is {:.2f} times as fast here", gain)};
  }
  return PrecisionChoice{
      true,
      fmt::format("bfloat16: {:.2f} times as fast as float32 here, scores within {:.4f}",
                  gain,
                  score_change)};
}

std::vector<double> measure_s(const std::vector<std::function<void()>>& bodies) {
  using Clock = std::chrono::steady_clock;
  constexpr int kRounds = 6;
  std::vector<double> best_s(bodies.size(), std::numeric_limits<double>::infinity());
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      const auto start = Clock::now();
      bodies[i]();
      const double elapsed_s = std::chrono::duration<double>(Clock::now() - start).count();
      best_s[i] = round > 0 ? std::min(best_s[i], elapsed_s) : best_s[i];
    }
  }
  return best_s;
}

}  // namespace geod::models
