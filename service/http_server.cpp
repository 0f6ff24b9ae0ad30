#include "service/http_server.hpp"

#include <exception>
#include <list>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <pthread.h>

#include "core/log.hpp"
#include "service/http_session.hpp"

namespace geod::service {
namespace {

namespace net = boost::asio;
using net::ip::tcp;

/// When the process has no descriptor left, before the next try.
constexpr auto kAcceptPause = std::chrono::milliseconds{100};
constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
    "Content-Length: 0\r\n\r\n";

}  // namespace

struct HttpServer::Impl {
  using Sessions = std::list<std::shared_ptr<HttpSession>>;

  explicit Impl(HttpServerOptions given)
      : options(std::move(given)), hosts(options.hosts), acceptor(io), pause(io), ticker(io) {}

  net::awaitable<void> accept();
  net::awaitable<void> tick();
  void admit(tcp::socket socket);
  bool make_room();
  void run(const char* name, net::io_context& context);

  const HttpServerOptions options;
  const HostNames hosts;
  Router router;
  HttpCounters counters;
  std::atomic<bool> is_stopping{false};

  net::io_context queries;
  net::io_context io{1};
  std::optional<net::executor_work_guard<net::io_context::executor_type>> queries_stay;
  std::optional<net::executor_work_guard<net::io_context::executor_type>> io_stays;
  tcp::acceptor acceptor;
  net::steady_timer pause;
  net::steady_timer ticker;
  std::chrono::nanoseconds tick_interval{0};
  std::function<void()> on_tick;
  std::uint16_t port = 0;
  Sessions sessions;  // geod-http alone, as the next
  std::size_t queries_begun = 0;
  std::vector<std::jthread> query_threads;
  std::jthread io_thread;
};

/// Names the thread; what a handler throws ends that handler alone.
void HttpServer::Impl::run(const char* name, net::io_context& context) {
  ::pthread_setname_np(::pthread_self(), name);
  while (true) {
    try {
      context.run();
      return;
    } catch (const std::exception& exception) {
      spdlog::error("msg=\"a request failed\" thread={} reason=\"{}\"", name, exception.what());
    }
  }
}

net::awaitable<void> HttpServer::Impl::accept() {
  while (acceptor.is_open()) {
    boost::system::error_code fault;
    tcp::socket socket =
        co_await acceptor.async_accept(net::redirect_error(net::use_awaitable, fault));
    if (!fault) {
      admit(std::move(socket));
      // Last: who reads one accepted finds it among the open ones, or ended.
      counters.connections_accepted.fetch_add(1);
    } else if (acceptor.is_open()) {
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(net::redirect_error(net::use_awaitable, fault));
    }
  }
}

net::awaitable<void> HttpServer::Impl::tick() {
  while (acceptor.is_open()) {
    boost::system::error_code cancelled;
    ticker.expires_after(tick_interval);
    co_await ticker.async_wait(net::redirect_error(net::use_awaitable, cancelled));
    if (!cancelled) {
      on_tick();
    }
  }
}

void HttpServer::Impl::admit(tcp::socket socket) {
  if (is_stopping) {
    return;  // it was accepted before the acceptor was closed, and would outlive the other sessions
  }
  boost::system::error_code ignored;
  if (sessions.size() >= options.max_connections && !make_room()) {
    counters.connections_refused.fetch_add(1, std::memory_order_relaxed);
    socket.non_blocking(true, ignored);
    socket.write_some(net::buffer(kBusy), ignored);
    return;
  }
  socket.set_option(tcp::no_delay(true), ignored);
  const tcp::endpoint local = socket.local_endpoint(ignored);
  const int descriptor = socket.release(ignored);
  if (ignored) {
    return;
  }
  const SessionContext context{
      options, router, hosts, io, queries, counters, is_stopping, queries_begun};
  const auto place = sessions.emplace(sessions.end());
  try {
    *place = start_session(descriptor, local.address().is_v6(), context, [this, place] {
      sessions.erase(place);
      counters.connections.store(sessions.size());
    });
  } catch (const std::exception& exception) {  // the kernel has no room for it
    spdlog::warn("msg=\"a connection was dropped\" reason=\"{}\"", exception.what());
    sessions.erase(place);
  }
  counters.connections.store(sessions.size());
}

/// Closes the connection that has waited longest; false when all are at work.
bool HttpServer::Impl::make_room() {
  std::shared_ptr<HttpSession> longest;
  for (const auto& session : sessions) {
    const auto since = session->waiting_since();
    if (since && (longest == nullptr || *since < *longest->waiting_since())) {
      longest = session;
    }
  }
  if (longest == nullptr) {
    return false;
  }
  counters.connections_evicted.fetch_add(1, std::memory_order_relaxed);
  longest->close();
  return true;
}

Result<HttpServerOptions> HttpServerOptions::from(const config::ServiceConfig& config) {
  const auto address = config::parse_listen(config.listen);
  if (!address) {
    return fail_with(address.error(), "service.listen");
  }
  HttpServerOptions options;
  options.listen = *address;
  options.hosts = config.hosts;
  options.max_connections = config.max_connections;
  options.query_threads = config.query_threads;
  options.header_timeout = config.header_timeout;
  options.idle_timeout = config.idle_timeout;
  options.write_timeout = config.write_timeout;
  options.heartbeat = config.heartbeat;
  return options;
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen(HttpServerOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  const config::ListenAddress& wanted = impl->options.listen;
  boost::system::error_code fault;
  const auto address = net::ip::make_address(wanted.host, fault);
  const tcp::endpoint endpoint(address, wanted.port);
  tcp::acceptor& acceptor = impl->acceptor;
  if (!fault) {
    acceptor.open(endpoint.protocol(), fault);
  }
  if (!fault) {
    acceptor.set_option(net::socket_base::reuse_address(true), fault);
  }
  if (!fault) {
    acceptor.bind(endpoint, fault);
  }
  if (!fault) {
    acceptor.listen(net::socket_base::max_listen_connections, fault);
  }
  if (fault) {
    return fail(Errc::kIo,
                "cannot listen on {}:{}: {}; set service.listen to an address that is free",
                wanted.host,
                wanted.port,
                fault.message());
  }
  impl->port = acceptor.local_endpoint(fault).port();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() {
  stop();
}

void HttpServer::start(Router router) {
  Impl& impl = *impl_;
  impl.router = std::move(router);
  impl.queries_stay.emplace(impl.queries.get_executor());
  impl.io_stays.emplace(impl.io.get_executor());
  net::co_spawn(impl.io, impl.accept(), net::detached);
  if (impl.on_tick) {
    net::co_spawn(impl.io, impl.tick(), net::detached);
  }
  for (std::size_t i = 0; i < impl.options.query_threads; ++i) {
    impl.query_threads.emplace_back([&impl] { impl.run("geod-query", impl.queries); });
  }
  impl.io_thread = std::jthread([&impl] { impl.run("geod-http", impl.io); });
}

void HttpServer::stop() {
  Impl& impl = *impl_;
  if (impl.is_stopping.exchange(true) || !impl.io_thread.joinable()) {
    return;
  }
  net::post(impl.io, [&impl] {
    boost::system::error_code ignored;
    impl.acceptor.close(ignored);
    impl.pause.cancel();
    impl.ticker.cancel();
    for (const auto& session : impl.sessions) {
      session->close();
    }
    // From here on nothing is asked of the query threads: they finish what they have and end.
    impl.queries_stay.reset();
  });
  impl.query_threads.clear();
  impl.io_stays.reset();
  impl.io_thread.join();
}

std::uint16_t HttpServer::port() const {
  return impl_->port;
}
const HttpCounters& HttpServer::counters() const {
  return impl_->counters;
}
void HttpServer::post(std::function<void()> work) {
  net::post(impl_->io, std::move(work));
}
void HttpServer::post_query(std::function<void()> work) {
  net::post(impl_->queries, std::move(work));
}

void HttpServer::call_every(std::chrono::nanoseconds interval, std::function<void()> work) {
  impl_->tick_interval = interval;
  impl_->on_tick = std::move(work);
}

}  // namespace geod::service
