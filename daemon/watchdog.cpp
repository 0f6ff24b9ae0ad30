#include "daemon/watchdog.hpp"

#include <algorithm>
#include <utility>

namespace geod {

Watchdog::Watchdog(std::chrono::steady_clock::duration interval, TimePoint now)
    : interval_(interval), last_pet_(now) {}

void Watchdog::add_worker(std::string name,
                          const std::atomic<std::uint64_t>& beats,
                          std::function<bool()> is_excused) {
  workers_.push_back({std::move(name), &beats, std::move(is_excused), beats.load()});
}

bool Watchdog::Worker::has_moved() const {
  return beats->load(std::memory_order_relaxed) != seen || (is_excused && is_excused());
}

bool Watchdog::is_due(TimePoint now) {
  const bool all_moved = std::all_of(
      workers_.begin(), workers_.end(), [](const Worker& worker) { return worker.has_moved(); });
  if (now - last_pet_ < interval_ / 3 || !all_moved) {
    return false;
  }
  last_pet_ = now;
  for (Worker& worker : workers_) {
    worker.seen = worker.beats->load(std::memory_order_relaxed);
  }
  return true;
}

std::string Watchdog::late_workers(TimePoint now) const {
  std::string names;
  if (now - last_pet_ < interval_ * 2 / 3) {
    return names;
  }
  for (const Worker& worker : workers_) {
    if (!worker.has_moved()) {
      names += (names.empty() ? "" : ", ") + worker.name;
    }
  }
  return names;
}

}  // namespace geod
