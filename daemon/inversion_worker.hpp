#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "config/config.hpp"
#include "core/error.hpp"
#include "daemon/control.hpp"
#include "daemon/inversion_request.hpp"
#include "daemon/mailbox.hpp"
#include "daemon/network_order.hpp"
#include "daemon/stats.hpp"
#include "daemon/wake_fd.hpp"
#include "models/inversion.hpp"

namespace geod {

/// The thread geod-invert: shots on request into velocity maps, a batch at a time and only while no
/// live data wait; at the lowest priority of geod's threads. Sole caller of the inversion engine's
/// invert() and replace(). A request is answered by one network as a whole: it begins anew when fwi
/// gets another one.
class InversionWorker {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using Host = models::InversionEngine;
  /// What waits longer than this beside live data is refused: its client has gone home.
  static constexpr auto kLongestWait = std::chrono::minutes{5};

  /// What it shares with the other threads; all outlives it.
  struct Links {
    Mailbox<NetworkOrder<Host>>& orders;                 ///< wake `wake` after posting
    WakeFd& wake;                                        ///< of this thread
    std::function<void(NetworkTakenUp)> order_was_done;  ///< posts to geod-adapt
    std::function<bool()> live_data_wait;                ///< windows or fibres that nobody took yet
    DaemonStats& stats;
  };
  struct Reply {
    ControlServer::Client client;
    ControlMessage message;
  };

  InversionWorker(const config::Config& config, Links links);

  /// Runs until `stop`, then refuses what waits. kDevice when the device failed. Thread:
  /// geod-invert.
  Result<void> run(std::stop_token stop);

  /// Thread: main, as the next two.
  void post(InversionRequest request, ControlServer::Client client);
  /// Readable when take_replies() has something.
  int replies_fd() const { return reply_wake_.fd(); }
  std::vector<Reply> take_replies();

 private:
  struct Request {
    InversionRequest request;
    ControlServer::Client client;
  };
  struct Job {
    InversionRequest request;
    ControlServer::Client client;
    SteadyTime asked;
    models::VelocityMaps maps;  ///< of the sets done so far
  };

  void wait() const;
  void follow_orders();
  void set_engine(Host* engine);
  void take_requests();
  Result<void> check(const InversionRequest& request) const;
  Result<void> score_batch();
  void answer(const ControlServer::Client& client, ControlMessage message);
  void refuse(const ControlServer::Client& client, const Error& why);

  const std::size_t max_batch_;
  const std::size_t max_requests_;
  Mailbox<NetworkOrder<Host>>& orders_;
  WakeFd& wake_;
  const std::function<void(NetworkTakenUp)> order_was_done_;
  const std::function<bool()> live_data_wait_;
  DaemonStats& stats_;

  Host* engine_ = nullptr;  ///< serves fwi; null: nothing does
  std::deque<Job> jobs_;
  models::VelocityMaps batch_;

  Mailbox<Request> requests_;
  Mailbox<Reply> replies_;
  WakeFd reply_wake_;
};

}  // namespace geod
