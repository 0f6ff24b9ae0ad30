#include "models/batcher.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace geod::models {

Batcher::Batcher(std::size_t max_batch, Duration max_delay)
    : max_batch_(max_batch), max_delay_(max_delay) {
  GEOD_CHECK(max_batch > 0, "a batch holds at least one window");
}

void Batcher::add(Window window, SteadyTime now) {
  waiting_.push_back({std::move(window), now});
}

bool Batcher::is_due(SteadyTime now) const {
  const auto due = due_at();
  return due && now >= *due;
}

std::optional<Batcher::SteadyTime> Batcher::due_at() const {
  if (waiting_.empty()) {
    return std::nullopt;
  }
  if (waiting_.size() >= max_batch_) {
    return waiting_[max_batch_ - 1].since;
  }
  return waiting_.front().since + max_delay_;
}

std::vector<Window> Batcher::take() {
  const std::size_t count = std::min(max_batch_, waiting_.size());
  std::vector<Window> batch;
  batch.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    batch.push_back(std::move(waiting_.front().window));
    waiting_.pop_front();
  }
  return batch;
}

}  // namespace geod::models
