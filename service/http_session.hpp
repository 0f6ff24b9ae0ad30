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
};

/// One connection. Thread: geod-http.
class HttpSession {
 public:
  virtual ~HttpSession() = default;
  /// Ends it, whatever it does. It reports its end later.
  virtual void close() = 0;
  /// Since when it waits for a whole request, or for its client to hang up; nothing: it is at work.
  virtual std::optional<std::chrono::steady_clock::time_point> waiting_since() const = 0;
};

/// Serves a connected socket, which it takes over. `on_end` is called once, on geod-http.
std::shared_ptr<HttpSession> start_session(int socket,
                                           bool is_ip_v6,
                                           const SessionContext& context,
                                           std::function<void()> on_end);

}  // namespace geod::service
