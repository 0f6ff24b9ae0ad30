#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "service/status_source.hpp"

namespace geod {

/// Says which of the daemon's threads do their work: each counts a beat at least once a second, or
/// waits for a queue that is full. Thread: any, once all are added.
class ServiceHealth {
 public:
  /// `beats` outlives this. `fault` says what is wrong beside that; empty: nothing.
  void add(
      std::string name,
      const std::atomic<std::uint64_t>& beats,
      std::function<std::string()> fault = [] { return std::string(); });

  std::vector<service::HealthCheck> checks(std::chrono::steady_clock::time_point now);

 private:
  struct Watched {
    std::string name;
    const std::atomic<std::uint64_t>* beats;
    std::function<std::string()> fault;
    std::uint64_t seen = 0;  ///< beats, when they last advanced
    std::chrono::steady_clock::time_point advanced{};
  };

  std::mutex mutex_;  // guards watched_
  std::vector<Watched> watched_;
};

}  // namespace geod
