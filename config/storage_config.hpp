#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/time.hpp"

namespace geod::config {

struct StorageConfig {
  std::string database = "geod.sqlite";  ///< relative to daemon.state_directory
  std::string synchronous = "normal";    ///< normal, full
  std::size_t max_batch_rows = 1000;     ///< rows a transaction
  Duration max_batch_delay = std::chrono::milliseconds{20};
  Duration busy_timeout = std::chrono::seconds{5};
  std::uint64_t checkpoint_bytes = 16ULL << 20;  ///< WAL size at which the writer checkpoints
};

}  // namespace geod::config
