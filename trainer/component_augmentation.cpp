#include "trainer/component_augmentation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "trainer/iir_filter.hpp"
#include "trainer/window_mixing.hpp"

namespace geod::trainer {
namespace {

/// A digitiser at its end: all components cut at `share` of the largest amplitude.
void clip(LabelledWindow& window, double share) {
  float peak = 0.0F;
  for (const float sample : window.data) {
    peak = std::max(peak, std::abs(sample));
  }
  const float limit = peak * static_cast<float>(share);
  for (float& sample : window.data) {
    sample = std::clamp(sample, -limit, limit);
  }
}

void drop_components(LabelledWindow& window, Rng& rng) {
  const auto clear = [&](std::size_t c) { std::ranges::fill(window.component(c), 0.0F); };
  const double which = rng.uniform();
  if (which < 0.12) {
    clear(1);
    clear(2);
  } else if (which < 0.16) {
    clear(static_cast<std::size_t>(1 + rng.below(2)));
  } else if (which < 0.18) {
    clear(0);
  }
}

void filter(LabelledWindow& window, ButterworthFilter filter) {
  for (std::size_t c = 0; c < kComponents; ++c) {
    filter.apply(window.component(c));
  }
}

void add_drift(LabelledWindow& window, Rng& rng) {
  const double ratio = std::pow(10.0, rng.uniform(-1.0, 1.0));
  std::vector<float> walk(static_cast<std::size_t>(window.samples));
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = window.component(c);
    const double deviation = standard_deviation(component);
    double level = 0.0;
    for (float& step : walk) {
      level += rng.normal();
      step = static_cast<float>(level);
    }
    const double walked = standard_deviation(walk);
    const auto gain = static_cast<float>(deviation * ratio / (walked + 1e-9));
    for (std::size_t i = 0; i < walk.size(); ++i) {
      component[i] += gain * walk[i];
    }
  }
}

void add_spike_or_step(LabelledWindow& window, Rng& rng) {
  const auto at = static_cast<std::size_t>(rng.below(window.samples));
  const bool spike = rng.chance(0.5);
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = window.component(c);
    const auto height =
        static_cast<float>(standard_deviation(component) * rng.normal() * (spike ? 15.0 : 3.0));
    const std::size_t end = spike ? at + 1 : component.size();
    for (std::size_t i = at; i < end; ++i) {
      component[i] += height;
    }
  }
}

}  // namespace

void rotate_horizontals(LabelledWindow& window, double angle_rad) {
  const auto cosine = static_cast<float>(std::cos(angle_rad));
  const auto sine = static_cast<float>(std::sin(angle_rad));
  const auto north = window.component(1);
  const auto east = window.component(2);
  for (std::size_t i = 0; i < north.size(); ++i) {
    const float n = north[i];
    north[i] = cosine * n - sine * east[i];
    east[i] = sine * n + cosine * east[i];
  }
}

void augment_components(LabelledWindow& window, Rng& rng, double sampling_rate_hz) {
  if (rng.chance(0.05)) {
    clip(window, rng.uniform(0.1, 0.7));
  }
  if (rng.chance(0.5)) {
    for (float& sample : window.data) {
      sample = -sample;
    }
  }
  if (!window.vertical_only) {
    if (rng.chance(0.6)) {
      rotate_horizontals(window, rng.uniform(0.0, 2.0 * std::numbers::pi));
    }
    drop_components(window, rng);
  }
  using Kind = ButterworthFilter::Kind;
  if (rng.chance(0.25)) {
    filter(window, {Kind::kHighPass, 2, rng.log_uniform(0.3, 3.0), sampling_rate_hz});
  }
  if (rng.chance(0.10)) {
    filter(window, {Kind::kLowPass, 4, rng.log_uniform(12.0, 40.0), sampling_rate_hz});
  }
  if (rng.chance(0.10)) {
    add_drift(window, rng);
  }
  if (rng.chance(0.10)) {
    pad_one_end(window, rng, sampling_rate_hz);
  }
  if (rng.chance(0.04)) {
    add_spike_or_step(window, rng);
  }
}

}  // namespace geod::trainer
