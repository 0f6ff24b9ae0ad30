#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "config/fibres_config.hpp"
#include "core/error.hpp"
#include "daemon/control.hpp"
#include "daemon/segment_request.hpp"
#include "daemon/stats.hpp"
#include "models/geometry.hpp"
#include "models/image_pass.hpp"
#include "models/segmentation.hpp"

namespace geod {

/// Tiles in a batch at most: what the network does in about two seconds, so that orders, stops and
/// the watchdog do not wait longer; `configured` where nothing was measured, and never more.
std::size_t tiles_in_time(const models::EngineInfo& info, std::size_t configured);

/// Images on request: held up to a number and a size, and segmented one after the other, a batch of
/// tiles at a time, while no fibre waits. An image is answered by one network as a whole: it begins
/// anew when its task gets another one. Thread: geod-segment only.
class ImageRequests {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Answer = std::function<void(const ControlServer::Client&, ControlMessage)>;
  /// What waits longer than this beside live data is refused: its client has gone home.
  static constexpr auto kLongestWait = std::chrono::minutes{5};

  /// `answer` is called once a request. `stats` outlives this.
  ImageRequests(const config::FibresConfig& config,
                std::size_t max_batch,
                Answer answer,
                DaemonStats& stats);

  /// `engine` serves `task` from now on; null: nothing does.
  void set_active(models::Task task, models::SegmentationEngine* engine);

  void take(SegmentRequest request, ControlServer::Client client, SteadyTime now);
  bool has_work() const { return !jobs_.empty(); }

  /// One batch of the oldest image. kDevice when the device failed.
  Result<void> score_batch(SteadyTime now);

  /// No more is scored: what waits is refused.
  void refuse_all(const Error& why);

 private:
  struct Job {
    ControlServer::Client client;
    models::Task task = models::Task::kDas;
    std::string bundle;
    models::ImagePass pass;
    SteadyTime asked;
  };

  Result<models::SegmentationEngine*> engine_for(models::Task task,
                                                 const std::string& bundle) const;
  Result<void> check_size(const models::Tile& image, const models::Manifest& manifest) const;
  void refuse(const ControlServer::Client& client, const Error& why);

  const config::FibresConfig config_;
  const std::size_t max_batch_;
  const Answer answer_;
  DaemonStats& stats_;

  std::map<models::Task, models::SegmentationEngine*> engines_;
  std::deque<Job> jobs_;
  models::SegmentBatch batch_;
};

}  // namespace geod
