#pragma once

#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "core/bounded_queue.hpp"
#include "trainer/pick_targets.hpp"
#include "trainer/window_sampler.hpp"

namespace geod::trainer {

/// One training batch, row major.
struct PickBatch {
  std::int64_t step = 0;
  std::vector<float> input;        ///< [N, 3, T]
  std::vector<float> probability;  ///< [N, 2, T]
  std::vector<float> weight;       ///< [N, 2, T]
};

/// Fills the targets of one window, given the step it is for.
using TargetFunction =
    std::function<void(const LabelledWindow&, std::int64_t step, const PickTargets&)>;

/// Makes the batches of steps first_step, first_step + 1, ... on one thread of its own, a few
/// ahead of the trainer. Window i of step s is draw s * batch + i of the sampler, so the batches do
/// not depend on timing. Stops and joins when destroyed.
class BatchSource {
 public:
  BatchSource(const WindowSampler& sampler,
              TargetFunction targets,
              std::int64_t batch_windows,
              std::int64_t window_samples,
              std::int64_t first_step);
  ~BatchSource();
  BatchSource(const BatchSource&) = delete;
  BatchSource& operator=(const BatchSource&) = delete;

  /// The next batch; waits for it.
  PickBatch next();

 private:
  static constexpr std::size_t kAhead = 8;

  PickBatch make(std::int64_t step) const;

  const WindowSampler& sampler_;
  TargetFunction targets_;
  std::int64_t batch_windows_;
  std::int64_t window_samples_;
  BoundedQueue<PickBatch> queue_;
  std::jthread thread_;
};

}  // namespace geod::trainer
