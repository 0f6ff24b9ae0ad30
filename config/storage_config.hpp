#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/time.hpp"

namespace geod::config {

/// Recent waveforms in memory, and windows of them on disk.
struct WaveformsConfig {
  std::string folder;  ///< an SDS tree, relative to daemon.state_directory; empty: none
  Duration before_pick = std::chrono::seconds{60};
  Duration after_pick = std::chrono::seconds{90};
  std::uint64_t quota = 20ULL << 30;  ///< bytes of the tree
  Duration ring = std::chrono::minutes{15};
  std::uint64_t ring_memory = 512ULL << 20;
};

struct StorageConfig {
  std::string database = "geod.sqlite";  ///< relative to daemon.state_directory
  std::string synchronous = "normal";    ///< normal, full
  std::size_t max_batch_rows = 1000;     ///< rows a transaction
  Duration max_batch_delay = std::chrono::milliseconds{20};
  Duration busy_timeout = std::chrono::seconds{5};
  std::uint64_t checkpoint_bytes = 16ULL << 20;  ///< WAL size at which the writer checkpoints
  WaveformsConfig waveforms;
};

}  // namespace geod::config
