#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/geometry.hpp"
#include "trainer/recording.hpp"
#include "trainer/scalar_sampler.hpp"

namespace geod::trainer {

/// One labelled event of a scalar task.
struct ScalarItem {
  const Recording* recording = nullptr;
  const EventLabel* event = nullptr;
  double value = 0.0;  ///< pmp: 1 up, 0 down; baz: degrees; emg: magnitude; dis: km
};

/// Events with a label of the task, in the order of the recordings. baz: only of recordings with
/// N and E. The published preset takes every value, its target clipped as published; the other
/// leaves out what the output cannot reach (magnitudes beyond 0 to 8, distances beyond 500 km).
std::vector<ScalarItem> scalar_items(std::span<const Recording> recordings,
                                     models::Task task,
                                     Preset preset);

/// Magnitudes clipped to 0 to 8.
ScalarTarget scalar_target(models::Task task, double value);

/// What both presets need besides the items, which must not be empty.
struct ScalarDraws {
  models::Task task = models::Task::kPmp;
  std::int64_t window_samples = 0;
  double sampling_rate_hz = 0.0;
  std::uint64_t seed = 0;
  bool augmented = false;
};
std::unique_ptr<ScalarSampler> make_published_scalar_sampler(std::vector<ScalarItem> items,
                                                             const ScalarDraws& draws);
/// @param recordings  whose noise intervals are added to events.
std::unique_ptr<ScalarSampler> make_geod_scalar_sampler(std::vector<ScalarItem> items,
                                                        std::span<const Recording> recordings,
                                                        const ScalarDraws& draws);

}  // namespace geod::trainer
