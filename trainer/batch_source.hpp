#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "core/bounded_queue.hpp"
#include "trainer/example_source.hpp"

namespace geod::trainer {

/// Examples of one step, row major: [N, ...] of ExampleSpans' shapes.
struct TrainBatch {
  std::int64_t step = 0;
  std::int64_t windows = 0;  ///< N
  std::vector<float> input;
  std::vector<float> target;
  std::vector<float> weight;
};

/// Which draws make the batch of a step: `windows` from step * stride + first on. One process of
/// several takes its part of the windows of every step.
struct BatchPlan {
  std::int64_t windows = 16;
  std::int64_t stride = 16;
  std::int64_t first = 0;
  std::int64_t window_samples = 0;
};

/// Makes the batch of a step, in any thread.
using BatchMaker = std::function<TrainBatch(std::int64_t step)>;

/// The batch of one step.
TrainBatch make_batch(const ExampleSource& examples, const BatchPlan& plan, std::int64_t step);

/// Makes the batches of steps first_step, first_step + 1, ... on threads of its own, a few ahead of
/// the trainer. Worker w makes every step whose number from the first leaves w when divided by the
/// workers, so that batches and their order depend on neither timing nor workers. Stops and joins
/// when destroyed.
class BatchSource {
 public:
  /// `examples` must outlive the source.
  BatchSource(const ExampleSource& examples,
              const BatchPlan& plan,
              std::int64_t first_step,
              int workers);
  /// @param make  what it refers to must outlive the source.
  BatchSource(BatchMaker make, std::int64_t first_step, int workers);
  ~BatchSource();
  BatchSource(const BatchSource&) = delete;
  BatchSource& operator=(const BatchSource&) = delete;

  /// The next batch; waits for it.
  TrainBatch next();

 private:
  /// Batches that lie ready, of all workers together (at least two of each).
  static constexpr int kAhead = 8;

  struct Worker {
    explicit Worker(std::size_t ahead) : ready(ahead, WhenFull::kBlock) {}
    BoundedQueue<TrainBatch> ready;
    std::jthread thread;  // last: joins before the queue goes
  };

  BatchMaker make_;
  std::vector<std::unique_ptr<Worker>> workers_;  // after make_: they end first
  std::size_t next_worker_ = 0;
};

}  // namespace geod::trainer
