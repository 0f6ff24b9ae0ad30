#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/labelled_window.hpp"

namespace geod::trainer {

/// Soft labels and loss weights of one window: [K = 2 (P, S), T] row major each.
struct PickTargets {
  std::span<float> probability;
  std::span<float> weight;
};

/// The `geod` preset: exp(-d^2 / (2 sigma^2)) cut at 4 sigma, the larger where two overlap; weight
/// 0 under masks, 1 again within `keep_samples` of a label of the same phase.
void geod_targets(const LabelledWindow& window,
                  double sigma_samples,
                  double keep_samples,
                  const PickTargets& out);

/// The published soft label: exp(-k^2 / 200) for k from -w/2 to w - w/2 around the integer pick,
/// w = 0.5 s in whole samples, clipped at the window's ends, summed where two overlap. Weight 1,
/// 0 under masks. Source: SeisMoLLM code, training/preprocess.py.
void seismollm_targets(const LabelledWindow& window,
                       double sampling_rate_hz,
                       const PickTargets& out);

/// One channel of `seismollm_targets`, for tests: picks are integer samples.
std::vector<float> seismollm_soft_label(std::span<const std::int64_t> picks,
                                        std::int64_t window_samples,
                                        double sampling_rate_hz);

}  // namespace geod::trainer
