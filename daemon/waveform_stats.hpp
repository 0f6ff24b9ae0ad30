#pragma once

#include <atomic>
#include <cstdint>

namespace geod {

/// What geod-archive counts.
struct WaveformStats {
  std::atomic<std::uint64_t> windows_kept{0};
  std::atomic<std::uint64_t> windows_lost{0};  ///< in part at least: no samples, or no room on disk
  std::atomic<std::uint64_t> bytes_written{0};  ///< in this run
  std::atomic<std::uint64_t> tree_bytes{0};     ///< of all days
  std::atomic<bool> is_failing{false};          ///< the disk refuses writes
};

}  // namespace geod
