#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/bounded_queue.hpp"
#include "core/error.hpp"
#include "daemon/mailbox.hpp"
#include "daemon/network_order.hpp"
#include "daemon/scalar_tasks.hpp"
#include "daemon/shadow_scorer.hpp"
#include "daemon/stats.hpp"
#include "daemon/work_items.hpp"
#include "models/batcher.hpp"
#include "models/engine.hpp"
#include "models/pick_decoders.hpp"

namespace geod {

/// The thread geod-infer: batches windows of all instruments, scores them, merges the scores and
/// reads picks. A due batch of dpk goes before all else; the other tasks are scored while no window
/// waits to be read. Sole caller of the engines' score() and replace(), sole user of the pick
/// decoders.
/// Between two batches it takes up the networks that geod-adapt sends: a window is scored by one
/// network as a whole.
class InferenceWorker {
 public:
  /// What it shares with the other threads; all outlives it.
  struct Links {
    BoundedQueue<StreamItem>& windows;
    BoundedQueue<SinkItem>& picks;
    Mailbox<NetworkOrder<models::Engine>>& orders;       ///< wake `windows` after posting
    std::function<void(NetworkTakenUp)> order_was_done;  ///< posts to geod-adapt
    DaemonStats& stats;
  };

  /// `engine` is active for dpk and outlives this; `base_id`: name and version of the base model.
  InferenceWorker(models::Engine& engine,
                  std::string base_id,
                  const config::Config& config,
                  Links links);

  /// Runs until the window queue is closed and drained; then makes everything final.
  /// kDevice when the device failed. Thread: geod-infer.
  Result<void> run();

 private:
  Result<void> take(StreamItem item);
  Result<void> score_due(bool all);
  Result<void> score(std::vector<Window> batch);
  Result<void> score_scalar_tasks(bool has_time);
  Result<void> score_shadow();
  Result<void> finish();
  void follow_orders();
  std::unique_ptr<models::PreparedNetwork> follow(NetworkOrder<models::Engine> order);
  void give(models::DecoderOutput& output);
  void give_held_cursors();

  models::Engine& engine_;
  const std::string base_id_;
  const bool scores_rest_in_shadow_;
  BoundedQueue<StreamItem>& windows_;
  BoundedQueue<SinkItem>& picks_;
  Mailbox<NetworkOrder<models::Engine>>& orders_;
  const std::function<void(NetworkTakenUp)> order_was_done_;
  DaemonStats& stats_;

  models::Batcher batcher_;
  models::PickDecoders decoders_;
  ShadowScorer shadow_;
  const config::ModelsConfig config_;
  ScalarTasks scalar_tasks_;

  /// Cursors of records whose windows are still in the batcher, or whose P picks some task has not
  /// told of: they go out after these.
  struct HeldCursor {
    Cursor cursor;
    std::optional<std::uint64_t>
        picks_before;  ///< set when the batcher is through with its records
  };
  std::deque<HeldCursor> held_cursors_;

  // Reused between batches.
  std::vector<const Window*> pointers_;
  models::ScoreBatch scores_;
  models::DecoderOutput output_;
};

}  // namespace geod
