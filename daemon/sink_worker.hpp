#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "config/storage_config.hpp"
#include "core/bounded_queue.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "daemon/association_feed.hpp"
#include "daemon/stats.hpp"
#include "daemon/waveform_keeper.hpp"
#include "daemon/work_items.hpp"
#include "storage/store.hpp"

namespace geod {

/// The thread geod-sink: gathers rows into transactions and commits them. Sole user of the store.
/// A full disk or a locked database holds the batch and tries again until it goes in: nothing that
/// was taken from the queue is lost while the process lives.
class SinkWorker {
 public:
  /// `store`, `queue`, `stats` and `association` outlive this. Null: no events are made.
  /// `on_commit` is called after each commit, on geod-sink.
  SinkWorker(
      storage::Store& store,
      const config::StorageConfig& config,
      BoundedQueue<SinkItem>& queue,
      DaemonStats& stats,
      AssociationFeed* association = nullptr,
      std::function<void()> on_commit = [] {});

  /// Windows around picks that were stored are asked of `keeper`, which outlives this. Before run.
  void keep_windows(WaveformKeeper& keeper) { keeper_ = &keeper; }

  /// Runs until the queue is closed and drained. `give_up` ends the retries of a store that refuses
  /// writes; the error of the store is then returned, as is any error that no retry can heal.
  /// Thread: geod-sink.
  Result<void> run(std::stop_token give_up);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  void take_batch();
  void add(SinkItem item);
  void put_on_record(const AdapterRecord& record);
  Result<void> commit_until_done(std::stop_token give_up);
  void count(const storage::Committed& committed);
  void hand_over(const storage::Committed& committed);
  void count_delay(Duration delay);
  void count_events(const storage::Committed& committed);
  void keep_window(const Pick& pick);
  void count_detections(const storage::Committed& committed, SteadyTime now);

  storage::Store& store_;
  const config::StorageConfig config_;
  BoundedQueue<SinkItem>& queue_;
  DaemonStats& stats_;
  AssociationFeed* const association_;
  const std::function<void()> on_commit_;
  bool picks_ended_ = false;

  WaveformKeeper* keeper_ = nullptr;

  storage::Batch batch_;
  std::vector<SteadyTime> completed_at_;            // one a pick of the batch
  std::vector<SteadyTime> detection_completed_at_;  // one a detection of the batch
  log::RateLimit log_limit_;
};

}  // namespace geod
