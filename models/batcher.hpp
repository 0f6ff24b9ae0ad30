#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "core/time.hpp"
#include "core/window.hpp"

namespace geod::models {

/// Gathers ready windows of many instruments into batches: by size, or when the oldest has waited
/// for the longest delay. First come, first served, so the windows of an instrument keep their
/// order. The caller brings the time. Single-threaded.
class Batcher {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  /// `max_batch` windows a batch, at least 1; `max_delay` in elapsed time.
  Batcher(std::size_t max_batch, Duration max_delay);

  void add(Window window, SteadyTime now);

  /// A batch is due: it is full, or its oldest window has waited long enough.
  bool is_due(SteadyTime now) const;
  /// When a batch falls due if nothing is added; nothing when no window waits.
  std::optional<SteadyTime> due_at() const;

  /// The oldest windows, at most a batch, due or not (drain).
  std::vector<Window> take();

  std::size_t size() const { return waiting_.size(); }
  bool empty() const { return waiting_.empty(); }

 private:
  struct Waiting {
    Window window;
    SteadyTime since;
  };
  const std::size_t max_batch_;
  const Duration max_delay_;
  std::deque<Waiting> waiting_;
};

}  // namespace geod::models
