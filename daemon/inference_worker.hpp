#pragma once

#include <vector>

#include "config/models_config.hpp"
#include "core/bounded_queue.hpp"
#include "core/error.hpp"
#include "daemon/stats.hpp"
#include "daemon/work_items.hpp"
#include "models/batcher.hpp"
#include "models/engine.hpp"
#include "models/pick_decoders.hpp"

namespace geod {

/// The thread geod-infer: batches windows of all instruments, scores them, merges the scores and
/// reads picks. Sole user of the engine and of the pick decoders.
class InferenceWorker {
 public:
  /// `engine`, the queues and `stats` outlive this.
  InferenceWorker(models::Engine& engine,
                  const config::ModelsConfig& config,
                  BoundedQueue<StreamItem>& windows,
                  BoundedQueue<SinkItem>& picks,
                  DaemonStats& stats);

  /// Runs until the window queue is closed and drained; then makes everything final.
  /// kDevice when the device failed. Thread: geod-infer.
  Result<void> run();

 private:
  Result<void> take(StreamItem item);
  Result<void> score_due(bool all);
  Result<void> score(const std::vector<Window>& batch);
  void give(models::DecoderOutput& output);
  void give_held_cursors();

  models::Engine& engine_;
  BoundedQueue<StreamItem>& windows_;
  BoundedQueue<SinkItem>& picks_;
  DaemonStats& stats_;

  models::Batcher batcher_;
  models::PickDecoders decoders_;
  /// Cursors of records whose windows are still in the batcher: they go out after its scores.
  std::vector<Cursor> held_cursors_;

  // Reused between batches.
  std::vector<const Window*> pointers_;
  models::ScoreBatch scores_;
  models::DecoderOutput output_;
};

}  // namespace geod
