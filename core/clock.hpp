#pragma once

#include <chrono>

#include "core/time.hpp"

namespace geod {

/// Wall and monotonic time, injected so that tests step it. Streams, windows and models use data
/// time only; the clock serves timers, watchdogs and the latency that is published.
class Clock {
 public:
  virtual ~Clock() = default;
  /// UTC now.
  virtual Time now() const = 0;
  /// Monotonic, for elapsed time.
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;
};

/// The operating system's clocks. Thread-safe.
class SystemClock final : public Clock {
 public:
  Time now() const override {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::now();
  }
};

}  // namespace geod
