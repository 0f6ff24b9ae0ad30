#include "trainer/batch_source.hpp"

#include <algorithm>
#include <utility>

namespace geod::trainer {

TrainBatch make_batch(const ExampleSource& examples, const BatchPlan& plan, std::int64_t step) {
  TrainBatch batch;
  batch.step = step;
  batch.windows = plan.windows;
  const auto count = static_cast<std::size_t>(plan.windows);
  const std::size_t inputs = kComponents * static_cast<std::size_t>(plan.window_samples);
  const std::size_t targets = examples.target_size();
  const std::size_t weights = examples.weight_size();
  batch.input.resize(count * inputs);
  batch.target.resize(count * targets);
  batch.weight.resize(count * weights);
  for (std::size_t i = 0; i < count; ++i) {
    const ExampleSpans out{std::span(batch.input).subspan(i * inputs, inputs),
                           std::span(batch.target).subspan(i * targets, targets),
                           std::span(batch.weight).subspan(i * weights, weights)};
    examples.fill(static_cast<std::uint64_t>(step * plan.stride + plan.first) + i, step, out);
  }
  return batch;
}

BatchSource::BatchSource(const ExampleSource& examples,
                         const BatchPlan& plan,
                         std::int64_t first_step,
                         int workers)
    : BatchSource([&examples, plan](std::int64_t step) { return make_batch(examples, plan, step); },
                  first_step,
                  workers) {}

BatchSource::BatchSource(BatchMaker make, std::int64_t first_step, int workers)
    : make_(std::move(make)) {
  const auto ahead = static_cast<std::size_t>(std::max(2, kAhead / workers));
  for (int w = 0; w < workers; ++w) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>(ahead));
    worker.thread =
        std::jthread([this, &worker, workers, from = first_step + w](const std::stop_token& stop) {
          for (std::int64_t step = from; !stop.stop_requested(); step += workers) {
            worker.ready.push(make_(step), 1, stop);
          }
        });
  }
}

BatchSource::~BatchSource() {
  for (const auto& worker : workers_) {
    worker->thread.request_stop();
    worker->ready.close();
  }
}

TrainBatch BatchSource::next() {
  std::optional<TrainBatch> batch = workers_[next_worker_]->ready.pop();
  GEOD_CHECK(batch.has_value(), "BatchSource::next after its end");
  next_worker_ = (next_worker_ + 1) % workers_.size();
  return std::move(*batch);
}

}  // namespace geod::trainer
