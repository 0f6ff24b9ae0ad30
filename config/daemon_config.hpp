#pragma once

#include <cstdint>
#include <string>

#include "core/time.hpp"

namespace geod::config {

/// What the window queue does when the engine cannot keep up.
enum class Overload { kBlock, kDropOldest };

struct DaemonConfig {
  std::string state_directory = "/var/lib/geod";
  std::string runtime_directory = "/run/geod";  ///< control socket
  std::string log_level = "info";
  Overload overload = Overload::kBlock;
  std::uint64_t window_queue_bytes = 256ULL << 20;
  std::uint64_t pick_queue_items = 100'000;
  Duration stop_deadline = std::chrono::seconds{30};
  bool exit_when_sources_end = false;  ///< stop after file sources ended and `end/1` came from all
};

}  // namespace geod::config
