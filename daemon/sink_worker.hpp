#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "config/storage_config.hpp"
#include "core/bounded_queue.hpp"
#include "core/error.hpp"
#include "daemon/stats.hpp"
#include "daemon/work_items.hpp"

namespace geod::storage {
class Store;
}

namespace geod {

/// The thread geod-sink: gathers rows into transactions and commits them. Sole owner of the store.
/// A full disk or a locked database holds the batch and tries again until it goes in; nothing that
/// was taken from the queue is lost while the process lives.
class SinkWorker {
 public:
  /// `queue` and `stats` outlive this.
  SinkWorker(storage::Store& store,
             const config::StorageConfig& config,
             BoundedQueue<SinkItem>& queue,
             DaemonStats& stats);

  /// Runs until the queue is closed and drained, or `stop` is requested while the store refuses
  /// writes. kStorageFull / kStorageBusy when items were left behind by such a stop; any other
  /// error of the store ends it at once. Thread: geod-sink.
  Result<void> run(std::stop_token stop);

 private:
  std::vector<SinkItem> take_batch();
  Result<void> commit(const std::vector<SinkItem>& batch);
  Result<void> commit_with_retry(const std::vector<SinkItem>& batch, std::stop_token stop);

  storage::Store& store_;
  const config::StorageConfig config_;
  BoundedQueue<SinkItem>& queue_;
  DaemonStats& stats_;
};

}  // namespace geod
