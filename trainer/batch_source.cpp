#include "trainer/batch_source.hpp"

#include <algorithm>
#include <utility>

namespace geod::trainer {

BatchSource::BatchSource(const WindowSampler& sampler,
                         TargetFunction targets,
                         std::int64_t batch_windows,
                         std::int64_t window_samples,
                         std::int64_t first_step)
    : sampler_(sampler),
      targets_(std::move(targets)),
      batch_windows_(batch_windows),
      window_samples_(window_samples),
      queue_(kAhead, WhenFull::kBlock),
      thread_([this, first_step](const std::stop_token& stop) {
        for (std::int64_t step = first_step; !stop.stop_requested(); ++step) {
          queue_.push(make(step), 1, stop);
        }
      }) {}

BatchSource::~BatchSource() {
  thread_.request_stop();
  queue_.close();
}

PickBatch BatchSource::next() {
  std::optional<PickBatch> batch = queue_.pop();
  GEOD_CHECK(batch.has_value(), "BatchSource::next after its end");
  return std::move(*batch);
}

PickBatch BatchSource::make(std::int64_t step) const {
  PickBatch batch;
  batch.step = step;
  const auto n = static_cast<std::size_t>(batch_windows_);
  const auto length = static_cast<std::size_t>(window_samples_);
  batch.input.resize(n * kComponents * length);
  batch.probability.resize(n * 2 * length);
  batch.weight.resize(n * 2 * length);
  for (std::size_t i = 0; i < n; ++i) {
    const LabelledWindow window =
        sampler_.draw(static_cast<std::uint64_t>(step * batch_windows_) + i);
    std::ranges::copy(window.data,
                      batch.input.begin() + static_cast<std::ptrdiff_t>(i * kComponents * length));
    const PickTargets out{std::span<float>(batch.probability).subspan(i * 2 * length, 2 * length),
                          std::span<float>(batch.weight).subspan(i * 2 * length, 2 * length)};
    targets_(window, step, out);
  }
  return batch;
}

}  // namespace geod::trainer
