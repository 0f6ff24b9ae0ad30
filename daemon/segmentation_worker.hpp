#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "daemon/fibre_pipeline.hpp"
#include "daemon/fibre_queue.hpp"
#include "daemon/image_requests.hpp"
#include "daemon/mailbox.hpp"
#include "daemon/network_order.hpp"
#include "daemon/stats.hpp"
#include "daemon/told_places.hpp"
#include "daemon/unseen_spans.hpp"
#include "daemon/wake_fd.hpp"
#include "daemon/work_items.hpp"
#include "models/segmentation.hpp"

namespace geod {

/// The thread geod-segment: blocks of all fibres to tiles, tiles through the network in batches
/// across fibres, masks to detections; images on request while no fibre waits. It runs at a lower
/// priority than picking, and its queue is its own: a fibre that is too much for the host is shed
/// and never delays a pick. Sole caller of the segmentation engines' segment() and replace().
///
/// What it gives is a function of the blocks and the networks alone, not of how tiles met in
/// batches. A fibre for which no network serves das is told as not looked at.
class SegmentationWorker {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Host = models::SegmentationEngine;

  /// What it shares with the other threads; all outlives it.
  struct Links {
    FibreQueue& fibres;
    BoundedQueue<SinkItem>& rows;
    Mailbox<NetworkOrder<Host>>& orders;                 ///< wake `fibres` after posting
    std::function<void(NetworkTakenUp)> order_was_done;  ///< posts to geod-adapt
    DaemonStats& stats;
  };
  struct Reply {
    ControlServer::Client client;
    ControlMessage message;
  };

  /// `base_id`: name and version of the base model for images.
  SegmentationWorker(std::string base_id, const config::Config& config, Links links);

  /// Runs until the queue is closed and drained; then makes everything final. kDevice when the
  /// device failed. Thread: geod-segment.
  Result<void> run();

  /// From `when` on nothing more is scored: what waits is told as shed, and run() ends soon.
  /// Thread: any.
  void give_up_at(SteadyTime when) { give_up_at_ns_.store(when.time_since_epoch().count()); }

  /// Thread: main, as the next two.
  void post(SegmentRequest request, ControlServer::Client client);
  /// Readable when take_replies() has something.
  int replies_fd() const { return reply_wake_.fd(); }
  std::vector<Reply> take_replies();

 private:
  struct Request {
    SegmentRequest request;
    ControlServer::Client client;
  };
  /// A tile that waits for the network; its values lie in `input` meanwhile.
  struct WaitingTile {
    FibrePipeline* fibre = nullptr;  ///< of fibres_
    FibreTile tile;
    models::Tile input;
    SteadyTime since;
  };

  void follow_orders();
  std::unique_ptr<models::PreparedNetwork> follow(NetworkOrder<Host> order);
  models::FibreDecoderSettings ids() const;
  void take_requests();
  Result<void> take(FibreItem item);
  void take_block(DasBlock block);
  Result<void> take_end(const FibreEnd& end);
  void take_gap(FibreGap gap);
  FibrePipeline* pipeline_of(const std::string& fibre_id);
  void note_unseen(const DasBlock& block, const char* why);
  void give_unseen(const std::string& fibre_id);
  void give_work(FibrePipeline& fibre);
  bool is_due(SteadyTime now) const;
  Result<void> score_due(bool all);
  Result<void> score_batch();
  void give_output();
  bool has_given_up() const;
  void shed_waiting_tiles();
  Result<void> finish();
  void publish_status(bool now);

  const std::string base_id_;
  const config::Config config_;
  FibreQueue& queue_;
  BoundedQueue<SinkItem>& rows_;
  Mailbox<NetworkOrder<Host>>& orders_;
  const std::function<void(NetworkTakenUp)> order_was_done_;
  DaemonStats& stats_;
  log::RateLimit log_limit_;

  Host* das_ = nullptr;          ///< serves das; null: nothing does
  std::size_t batch_limit_ = 1;  ///< tiles
  std::map<std::string, FibrePipeline> fibres_;
  UnseenSpans unseen_;
  ToldPlaces places_;
  std::deque<WaitingTile> waiting_;
  ImageRequests images_;

  Mailbox<Request> requests_;
  Mailbox<Reply> replies_;
  WakeFd reply_wake_;
  std::atomic<std::int64_t> give_up_at_ns_;
  SteadyTime next_status_{};

  // Reused between blocks and batches.
  FibreWork work_;
  std::vector<const models::Tile*> pointers_;
  models::SegmentBatch batch_;
  models::FibreDecoderOutput output_;
};

}  // namespace geod
