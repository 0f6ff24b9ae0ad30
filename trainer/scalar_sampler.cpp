#include "trainer/scalar_sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "trainer/scalar_items.hpp"
#include "trainer/scalar_labels.hpp"

namespace geod::trainer {
namespace {

using models::Task;

/// Ranges of the output activations (8 sigmoid, 500 sigmoid).
constexpr double kGreatestMagnitude = 8.0;
constexpr double kGreatestDistanceKm = 500.0;

bool within_reach(Task task, double value) {
  if (task == Task::kEmg) {
    return value >= 0.0 && value <= kGreatestMagnitude;
  }
  return task != Task::kDis || value <= kGreatestDistanceKm;
}

}  // namespace

std::vector<ScalarItem> scalar_items(std::span<const Recording> recordings,
                                     Task task,
                                     Preset preset) {
  std::vector<ScalarItem> items;
  for (const Recording& recording : recordings) {
    if (task == Task::kBaz && (recording.vertical_only || !recording.oriented)) {
      continue;
    }
    for (const EventLabel& event : recording.events) {
      const auto value = scalar_label(event, task);
      if (value && (preset == Preset::kSeismollm || within_reach(task, *value))) {
        items.push_back({&recording, &event, *value});
      }
    }
  }
  return items;
}

ScalarTarget scalar_target(Task task, double value) {
  ScalarTarget target;
  target.known = true;
  if (task == Task::kPmp) {
    target.values[0] = static_cast<float>(value);
    target.values[1] = static_cast<float>(1.0 - value);
  } else if (task == Task::kBaz) {
    const double radians = value * std::numbers::pi / 180.0;
    target.values[0] = static_cast<float>(std::cos(radians));
    target.values[1] = static_cast<float>(std::sin(radians));
  } else if (task == Task::kEmg) {
    target.values[0] = static_cast<float>(std::clamp(value, 0.0, kGreatestMagnitude));
  } else {
    target.values[0] = static_cast<float>(value);
  }
  return target;
}

Result<std::unique_ptr<ScalarSampler>> make_scalar_sampler(std::span<const Recording> recordings,
                                                           Task task,
                                                           Preset preset,
                                                           std::int64_t window_samples,
                                                           double sampling_rate_hz,
                                                           std::uint64_t seed,
                                                           bool augmented) {
  std::vector<ScalarItem> items = scalar_items(recordings, task, preset);
  if (items.empty()) {
    return fail(Errc::kConfig,
                "no recording has a label of task {} (columns of labels.csv, events.csv and "
                "stations.csv: docs/training.md)",
                models::to_string(task));
  }
  const ScalarDraws draws{task, window_samples, sampling_rate_hz, seed, augmented};
  return preset == Preset::kSeismollm
             ? make_published_scalar_sampler(std::move(items), draws)
             : make_geod_scalar_sampler(std::move(items), recordings, draws);
}

}  // namespace geod::trainer
