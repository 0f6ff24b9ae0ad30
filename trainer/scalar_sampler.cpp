#include "trainer/scalar_sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "trainer/rng.hpp"
#include "trainer/scalar_labels.hpp"
#include "trainer/window_mixing.hpp"

namespace geod::trainer {
namespace {

using models::Task;

/// Where P may lie, as a share of the window; the daemon scores such windows only.
constexpr double kFirstP = 0.10;
constexpr double kLastP = 0.45;
/// Where it lies in the windows of a validation.
constexpr double kMiddleP = 0.25;

struct LabelledEvent {
  const Recording* recording;
  double p_sample;
  double value;  ///< pmp: 1 up, 0 down; baz: degrees; emg: magnitude; dis: km
};

void turn_horizontals(LabelledWindow& window, double angle_rad) {
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

class PlainScalarSampler final : public ScalarSampler {
 public:
  PlainScalarSampler(std::vector<LabelledEvent> events,
                     Task task,
                     std::int64_t window_samples,
                     double sampling_rate_hz,
                     std::uint64_t seed,
                     bool augmented)
      : events_(std::move(events)),
        task_(task),
        window_samples_(window_samples),
        rate_hz_(sampling_rate_hz),
        seed_(seed),
        augmented_(augmented) {}

  ScalarWindow draw(std::uint64_t n) const override {
    Rng rng(seed_, n);
    const auto count = static_cast<std::int64_t>(events_.size());
    const auto at = augmented_ ? rng.below(count)
                               : static_cast<std::int64_t>(n % static_cast<std::uint64_t>(count));
    const LabelledEvent& event = events_[static_cast<std::size_t>(at)];
    const double share = augmented_ ? rng.uniform(kFirstP, kLastP) : kMiddleP;
    const double start = event.p_sample - share * static_cast<double>(window_samples_);
    ScalarWindow drawn{
        cut_window(*event.recording, std::round(start), 1.0, window_samples_, rate_hz_), {}};
    double value = event.value;
    if (augmented_) {
      value = augment(drawn.window, value, rng);
    }
    normalise_present(drawn.window);
    drawn.target = target_of(value);
    return drawn;
  }

  std::uint64_t epoch_draws() const override { return (augmented_ ? 2 : 1) * events_.size(); }

 private:
  /// What leaves a label true, or changes it in a known way. Returns the label afterwards.
  double augment(LabelledWindow& window, double value, Rng& rng) const {
    if (task_ == Task::kPmp && rng.chance(0.5)) {
      for (float& sample : window.data) {
        sample = -sample;
      }
      value = 1.0 - value;
    }
    // Turning the sensor turns the ray's azimuth with it; other labels do not notice.
    if (!window.vertical_only && rng.chance(0.5)) {
      const double angle = rng.uniform(0.0, 2.0 * std::numbers::pi);
      turn_horizontals(window, angle);
      if (task_ == Task::kBaz) {
        value += angle * 180.0 / std::numbers::pi;
      }
    }
    return value;
  }

  ScalarTarget target_of(double value) const {
    ScalarTarget target;
    target.known = true;
    if (task_ == Task::kPmp) {
      target.values[0] = static_cast<float>(value);
      target.values[1] = static_cast<float>(1.0 - value);
    } else if (task_ == Task::kBaz) {
      const double radians = value * std::numbers::pi / 180.0;
      target.values[0] = static_cast<float>(std::cos(radians));
      target.values[1] = static_cast<float>(std::sin(radians));
    } else {
      target.values[0] = static_cast<float>(value);
    }
    return target;
  }

  std::vector<LabelledEvent> events_;
  Task task_;
  std::int64_t window_samples_;
  double rate_hz_;
  std::uint64_t seed_;
  bool augmented_;
};

}  // namespace

Result<std::unique_ptr<ScalarSampler>> make_scalar_sampler(std::span<const Recording> recordings,
                                                           Task task,
                                                           Preset /*preset*/,
                                                           std::int64_t window_samples,
                                                           double sampling_rate_hz,
                                                           std::uint64_t seed,
                                                           bool augmented) {
  std::vector<LabelledEvent> events;
  for (const Recording& recording : recordings) {
    if (task == Task::kBaz && recording.vertical_only) {
      continue;
    }
    for (const EventLabel& event : recording.events) {
      if (const auto value = scalar_label(event, task)) {
        events.push_back({&recording, event.p_sample, *value});
      }
    }
  }
  if (events.empty()) {
    return fail(Errc::kConfig,
                "no recording has a label of task {} (columns of labels.csv, events.csv and "
                "stations.csv: docs/training.md)",
                models::to_string(task));
  }
  return std::make_unique<PlainScalarSampler>(
      std::move(events), task, window_samples, sampling_rate_hz, seed, augmented);
}

}  // namespace geod::trainer
