#include "trainer/pick_targets.hpp"

#include <algorithm>
#include <cmath>

namespace geod::trainer {
namespace {

std::size_t row(Phase phase, std::int64_t samples) {
  return static_cast<std::size_t>(phase) * static_cast<std::size_t>(samples);
}

void apply_masks(const LabelledWindow& window, std::span<float> weight) {
  std::ranges::fill(weight, 1.0F);
  for (const PhaseMask& mask : window.masks) {
    const auto last = static_cast<double>(window.samples);
    const auto begin = static_cast<std::ptrdiff_t>(std::clamp(mask.begin, 0.0, last));
    const auto end = static_cast<std::ptrdiff_t>(std::ceil(std::clamp(mask.end, 0.0, last)));
    float* channel = weight.data() + row(mask.phase, window.samples);
    std::fill(channel + begin, channel + std::max(begin, end), 0.0F);
  }
}

}  // namespace

void geod_targets(const LabelledWindow& window,
                  double sigma_samples,
                  double keep_samples,
                  const PickTargets& out) {
  apply_masks(window, out.weight);
  std::ranges::fill(out.probability, 0.0F);
  const double reach = 4.0 * sigma_samples;
  for (const PhaseLabel& label : window.labels) {
    float* probability = out.probability.data() + row(label.phase, window.samples);
    float* weight = out.weight.data() + row(label.phase, window.samples);
    const double widest = std::max(reach, keep_samples);
    const auto begin =
        std::max<std::int64_t>(0, static_cast<std::int64_t>(std::ceil(label.sample - widest)));
    const auto end = std::min<std::int64_t>(
        window.samples, static_cast<std::int64_t>(std::floor(label.sample + widest)) + 1);
    for (std::int64_t i = begin; i < end; ++i) {
      const double distance = static_cast<double>(i) - label.sample;
      if (std::abs(distance) <= reach) {
        const double value = std::exp(-distance * distance / (2.0 * sigma_samples * sigma_samples));
        probability[i] = std::max(probability[i], static_cast<float>(value));
      }
      if (std::abs(distance) <= keep_samples) {
        weight[i] = 1.0F;
      }
    }
  }
}

std::vector<float> seismollm_soft_label(std::span<const std::int64_t> picks,
                                        std::int64_t window_samples,
                                        double sampling_rate_hz) {
  constexpr double kTwoSigmaSquared = 200.0;  // sigma 10 samples at every rate, as published
  const auto width = static_cast<std::int64_t>(0.5 * sampling_rate_hz);
  const std::int64_t left = width / 2;
  std::vector<float> label(static_cast<std::size_t>(window_samples), 0.0F);
  for (const std::int64_t pick : picks) {
    if (pick < 0 || pick >= window_samples) {
      continue;
    }
    for (std::int64_t k = -left; k <= width - left; ++k) {
      if (pick + k >= 0 && pick + k < window_samples) {
        label[static_cast<std::size_t>(pick + k)] +=
            static_cast<float>(std::exp(-static_cast<double>(k * k) / kTwoSigmaSquared));
      }
    }
  }
  return label;
}

void seismollm_targets(const LabelledWindow& window,
                       double sampling_rate_hz,
                       const PickTargets& out) {
  apply_masks(window, out.weight);
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    std::vector<std::int64_t> picks;
    for (const PhaseLabel& label : window.labels) {
      if (label.phase == phase) {
        picks.push_back(static_cast<std::int64_t>(label.sample));
      }
    }
    const std::vector<float> label = seismollm_soft_label(picks, window.samples, sampling_rate_hz);
    std::ranges::copy(
        label, out.probability.begin() + static_cast<std::ptrdiff_t>(row(phase, window.samples)));
  }
}

}  // namespace geod::trainer
