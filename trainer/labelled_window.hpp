#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/pick.hpp"
#include "core/window.hpp"

namespace geod::trainer {

/// An arrival, in samples from the start of its record or window (fractions allowed).
struct PhaseLabel {
  Phase phase = Phase::kP;
  double sample = 0.0;
  bool operator==(const PhaseLabel&) const = default;
};

/// Samples [begin, end) in which one phase carries no loss: nobody knows what is there.
struct PhaseMask {
  Phase phase = Phase::kP;
  double begin = 0.0;
  double end = 0.0;
  bool operator==(const PhaseMask&) const = default;
};

/// A training window: data, what is known about it, and where nothing is known.
struct LabelledWindow {
  explicit LabelledWindow(std::int64_t window_samples)
      : samples(window_samples), data(kComponents * static_cast<std::size_t>(window_samples)) {}

  std::int64_t samples;
  std::vector<float> data;  ///< [C = 3, T = samples] row major, Z N E
  std::vector<PhaseLabel> labels;
  std::vector<PhaseMask> masks;
  bool vertical_only = false;  ///< N and E are zeros

  std::span<float> component(std::size_t c) {
    const auto length = static_cast<std::size_t>(samples);
    return std::span<float>(data).subspan(c * length, length);
  }
  std::span<const float> component(std::size_t c) const {
    const auto length = static_cast<std::size_t>(samples);
    return std::span<const float>(data).subspan(c * length, length);
  }
};

}  // namespace geod::trainer
