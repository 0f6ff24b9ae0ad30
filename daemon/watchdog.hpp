#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace geod {

/// Decides when systemd's watchdog may be petted: three times per interval, and only when every
/// worker has moved since the last time. A worker that waits for work beats too; one that has stood
/// still for the whole interval lets the watchdog bite. Pure logic. Thread: the supervisor.
class Watchdog {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Watchdog(std::chrono::steady_clock::duration interval, TimePoint now);

  /// `beats` advances while the worker lives. `is_excused` says that the worker stands still
  /// because another one that is watched here holds it up (its output queue is full). Both outlive
  /// this.
  void add_worker(std::string name,
                  const std::atomic<std::uint64_t>& beats,
                  std::function<bool()> is_excused = {});

  /// True when the watchdog is to be petted now. Call a few times a second.
  bool is_due(TimePoint now);

  /// Workers that have not moved since the last pet, once two thirds of the interval have passed
  /// without one: what to write to the log before the watchdog bites. Comma-separated, or empty.
  std::string late_workers(TimePoint now) const;

 private:
  struct Worker {
    std::string name;
    const std::atomic<std::uint64_t>* beats;
    std::function<bool()> is_excused;
    std::uint64_t seen;

    bool has_moved() const;
  };

  const std::chrono::steady_clock::duration interval_;
  TimePoint last_pet_;
  std::vector<Worker> workers_;
};

}  // namespace geod
