#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/service_config.hpp"
#include "core/error.hpp"
#include "service/router.hpp"

namespace geod::service {

struct HttpServerOptions {
  config::ListenAddress listen;
  std::vector<std::string> hosts;
  std::size_t max_connections = 128;
  std::size_t query_threads = 2;
  std::chrono::nanoseconds header_timeout = std::chrono::seconds{10};
  std::chrono::nanoseconds idle_timeout = std::chrono::seconds{60};
  std::chrono::nanoseconds write_timeout = std::chrono::seconds{30};
  std::chrono::nanoseconds heartbeat = std::chrono::seconds{15};

  /// kConfig when the address is none.
  static Result<HttpServerOptions> from(const config::ServiceConfig& config);
};

/// What the server counts; read from any thread.
struct HttpCounters {
  std::atomic<std::uint64_t> connections{0};  ///< open now
  std::atomic<std::uint64_t> connections_accepted{0};
  std::atomic<std::uint64_t> connections_evicted{0};  ///< waited, and others needed the room
  std::atomic<std::uint64_t> connections_refused{0};  ///< all others were at work
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> requests_refused{0};  ///< answered with a status of 400 and more
  std::atomic<std::uint64_t> bytes_sent{0};        ///< of bodies
};

/// An HTTP/1.1 server that answers GET and HEAD. The thread geod-http runs all connections; what
/// reads the database is done by a few threads geod-query, so that a long query does not hold up
/// what is quick. A client that is slow, broken or hostile costs one connection for a bounded time.
class HttpServer {
 public:
  /// Listens. kIo when the address cannot be had.
  static Result<std::unique_ptr<HttpServer>> listen(HttpServerOptions options);
  /// As stop().
  ~HttpServer();

  /// Starts the threads. Call once.
  void start(Router router);

  /// Closes every connection and joins the threads; a query in flight is waited for.
  void stop();

  std::uint16_t port() const;
  const HttpCounters& counters() const;
  /// Runs `work` on geod-http soon. Thread: any. Nothing happens once the server has stopped.
  void post(std::function<void()> work);
  /// Runs `work` on a query thread soon. Thread: geod-http.
  void post_query(std::function<void()> work);
  /// Runs `work` on geod-http again and again. Call once, before start().
  void call_every(std::chrono::nanoseconds interval, std::function<void()> work);

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace geod::service
