#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "service/host_names.hpp"
#include "service/http_server.hpp"
#include "service/router.hpp"

namespace boost::asio {
class io_context;
}

namespace geod::service {

/// What all sessions of a server share; outlives them.
struct SessionContext {
  const HttpServerOptions& options;
  const Router& router;
  const HostNames& hosts;
  boost::asio::io_context& io;       ///< run by geod-http
  boost::asio::io_context& queries;  ///< run by the query threads
  HttpCounters& counters;
  const std::atomic<bool>& is_stopping;
  std::size_t& queries_begun;  ///< requests that wait for a query thread or are on one; geod-http
};

/// Counts while it lives.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  std::size_t& count_;
};

/// One connection. Thread: geod-http.
class HttpSession {
 public:
  virtual ~HttpSession() = default;
  /// Ends it, whatever it does. It reports its end later.
  virtual void close() = 0;
  /// Since when its client keeps it waiting: with the head of a request, with hanging up, or, from
  /// a second on, with taking an answer. Nothing: it is at work, follows the live feed, or
  /// was closed.
  virtual std::optional<std::chrono::steady_clock::time_point> waiting_since() const = 0;
};

/// Serves a connected socket, which it takes over. `on_end` is called once, on geod-http.
std::shared_ptr<HttpSession> start_session(int socket,
                                           bool is_ip_v6,
                                           const SessionContext& context,
                                           std::function<void()> on_end);

}  // namespace geod::service
