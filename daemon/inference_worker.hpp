#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "config/models_config.hpp"
#include "core/bounded_queue.hpp"
#include "core/error.hpp"
#include "daemon/stats.hpp"
#include "daemon/work_items.hpp"
#include "models/batcher.hpp"
#include "models/engine.hpp"
#include "models/pick_decoder.hpp"

namespace geod {

/// The thread geod-infer: batches windows of all instruments, scores them, merges the scores and
/// reads picks. Sole owner of the engine and of the pick decoders.
class InferenceWorker {
 public:
  /// `engine`, the queues and `stats` outlive this.
  InferenceWorker(models::Engine& engine,
                  const config::ModelsConfig& config,
                  BoundedQueue<StreamItem>& windows,
                  BoundedQueue<SinkItem>& picks,
                  DaemonStats& stats);

  /// Runs until the window queue is closed and drained. kDevice when the device failed.
  /// Thread: geod-infer.
  Result<void> run();

 private:
  Result<void> score_batch();
  void decode(const Window& window, std::size_t place);
  models::PickDecoder& decoder_of(const InstrumentId& instrument);
  void forward(models::DecoderOutput& output);

  models::Engine& engine_;
  const config::ModelsConfig config_;
  BoundedQueue<StreamItem>& windows_;
  BoundedQueue<SinkItem>& picks_;
  DaemonStats& stats_;
};

}  // namespace geod
