#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "daemon/stats.hpp"
#include "service/status_source.hpp"

namespace geod {

/// What waits in the queues.
struct QueueLevels {
  std::size_t window_bytes = 0;
  std::size_t window_limit_bytes = 0;
  std::size_t fibre_bytes = 0;
  std::size_t fibre_limit_bytes = 0;
  std::size_t sink_items = 0;
  std::size_t sink_limit_items = 0;
};

/// What the daemon counts, as Prometheus names it. Every latency is defined in its help.
/// Thread: any.
std::vector<service::Metric> daemon_metrics(const DaemonStats& stats,
                                            const QueueLevels& queues,
                                            const std::filesystem::path& database);

}  // namespace geod
