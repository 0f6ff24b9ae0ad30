#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/log.hpp"
#include "service/http_server.hpp"
#include "service/live_message.hpp"
#include "service/live_publisher.hpp"
#include "service/live_source.hpp"
#include "service/reader_pool.hpp"
#include "service/router.hpp"

namespace geod::service {

struct LiveOptions {
  std::size_t max_subscribers = 32;
  std::size_t kept_messages = 10'000;    ///< the newest, for subscribers that are a little late
  std::size_t kept_bytes = 32ULL << 20;  ///< of them
};

/// Picks, detections, versions and reviews of events while they are committed: read from the store,
/// so that what is on a wire is on disk; told to subscribers of /live and to the ZeroMQ publisher.
///
/// A subscriber is a position. What is newer is taken from the messages that are kept here for all,
/// what is older from the store; nothing is kept for one. A subscriber that falls behind what is
/// kept is sent away with its cursor, and comes back by it.
///
/// Thread: geod-http, but for notify(). Lives until the server has stopped.
class LiveFeed {
 public:
  /// `server` and `readers` outlive this; `publisher` may be null.
  LiveFeed(HttpServer& server,
           ReaderPool& readers,
           std::unique_ptr<LivePublisher> publisher,
           LiveOptions options);
  ~LiveFeed();

  /// Takes up the newest rows of the store as the place to go on from, and adds /live. Call before
  /// the server starts. Errors of the store.
  Result<void> begin(Router& router);
  /// Something was committed. Never blocks. Thread: any.
  void notify();

  std::uint64_t subscribers() const { return subscribers_.load(); }
  std::uint64_t messages() const { return messages_.load(); }
  std::uint64_t subscribers_left_behind() const { return left_behind_.load(); }

 private:
  class Subscriber;

  std::variant<HttpResponse, std::unique_ptr<LiveSource>> follow(const HttpRequest& request);
  void poll();
  void take(Result<std::vector<LiveMessage>> page);
  void keep(LiveMessage message);
  void tick();

  HttpServer& server_;
  ReaderPool& readers_;
  const std::unique_ptr<LivePublisher> publisher_;
  const LiveOptions options_;

  std::deque<LiveMessage> kept_;
  std::size_t kept_bytes_ = 0;
  std::uint64_t first_kept_ = 0;  ///< number of kept_.front(), counted from the start
  LiveCursor before_kept_;        ///< position before kept_.front()
  LiveCursor position_;           ///< after kept_.back()
  bool is_reading_ = false;
  int ticks_ = 0;
  std::map<const Subscriber*, std::function<void()>> wakes_;
  log::RateLimit log_limit_;

  std::atomic<bool> is_news_{false};
  std::atomic<std::uint64_t> subscribers_{0};
  std::atomic<std::uint64_t> messages_{0};
  std::atomic<std::uint64_t> left_behind_{0};
};

}  // namespace geod::service
