#include "service/http_session.hpp"

#include <array>
#include <exception>
#include <string>
#include <utility>
#include <variant>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "core/log.hpp"
#include "service/error_response.hpp"
#include "service/http_head.hpp"

namespace geod::service {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using net::ip::tcp;
using SteadyClock = std::chrono::steady_clock;

/// Awaits an operation; what it failed with lands in `fault`.
auto await_into(boost::system::error_code& fault) {
  return net::redirect_error(net::use_awaitable, fault);
}

// GCC 12 destroys the temporaries of a condition or of ?: twice, or too early, where co_await
// stands in the same expression: in this file it stands in plain statements.

constexpr std::uint32_t kMaxHeaderBytes = 64U << 10U;
constexpr std::size_t kMaxReadAhead = 128U << 10U;
constexpr std::size_t kReadBytes = 4096;
/// What a client must take within the write timeout.
constexpr std::size_t kPieceBytes = 64U << 10U;
/// A client that takes longer for a piece may be closed in favour of another.
constexpr auto kLongestOrdinaryWrite = std::chrono::seconds{1};
/// After the last answer: what is still read of a client, so that its kernel does not throw away
/// the answer, and for how long.
constexpr std::size_t kLingerBytes = 256U << 10U;
constexpr auto kLinger = std::chrono::seconds{2};

using Parser = http::request_parser<http::empty_body>;

class Session final : public HttpSession, public std::enable_shared_from_this<Session> {
 public:
  Session(int socket, bool is_ip_v6, const SessionContext& context)
      : context_(context),
        stream_(tcp::socket(context.io, is_ip_v6 ? tcp::v6() : tcp::v4(), socket)),
        buffer_(kMaxReadAhead),
        ready_(context.io) {}

  void close() override {
    is_closed_ = true;
    boost::system::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
    ready_.cancel();
  }

  std::optional<SteadyClock::time_point> waiting_since() const override {
    if (is_closed_) {
      return std::nullopt;
    }
    const bool is_stalled =
        writing_since_ && SteadyClock::now() - *writing_since_ > kLongestOrdinaryWrite;
    return is_stalled ? writing_since_ : waiting_since_;
  }

  net::awaitable<void> run() {
    bool goes_on = true;
    while (goes_on && !is_closed_) {
      goes_on = co_await answer_one();
    }
    co_await linger();
    close();
  }

 private:
  net::awaitable<bool> answer_one();
  net::awaitable<boost::system::error_code> read_head(Parser& parser);
  std::optional<HttpResponse> unreadable(boost::system::error_code fault);
  std::optional<HttpResponse> take_head(const Parser& parser, HttpRequest& request);
  net::awaitable<MadeAnswer> answer(const Route& route, const HttpRequest& request);
  net::awaitable<bool> send(MadeAnswer made);
  net::awaitable<bool> send_more(BodySource& more);
  net::awaitable<bool> write(std::string_view bytes);
  net::awaitable<bool> write_body(std::string_view bytes);
  /// The last chunk, where there are chunks.
  net::awaitable<bool> write_end() { return write(framing_.is_chunked ? "0\r\n\r\n" : ""); }
  net::awaitable<bool> follow(std::unique_ptr<LiveSource> source);
  net::awaitable<bool> wait_or_beat(LiveSource& source);
  net::awaitable<void> watch_client();
  net::awaitable<void> linger();

  /// Runs `work` on a query thread.
  template <class Work>
  auto on_query_thread(Work work) -> net::awaitable<decltype(work())> {
    auto task = [work = std::move(work)]() mutable -> net::awaitable<decltype(work())> {
      co_return work();
    };
    co_return co_await net::co_spawn(context_.queries, std::move(task), net::use_awaitable);
  }

  const SessionContext context_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  net::steady_timer ready_;  // wakes a subscriber
  std::optional<SteadyClock::time_point> waiting_since_ = SteadyClock::now();
  std::optional<SteadyClock::time_point> writing_since_;
  bool is_closed_ = false;
  bool has_been_answered_ = false;

  // Of the request that is being answered.
  bool is_head_ = false;
  Framing framing_;
};

net::awaitable<boost::system::error_code> Session::read_head(Parser& parser) {
  boost::system::error_code fault;
  waiting_since_ = SteadyClock::now();
  if (buffer_.size() == 0) {
    stream_.expires_after(has_been_answered_ ? context_.options.idle_timeout
                                             : context_.options.header_timeout);
    const std::size_t bytes =
        co_await stream_.async_read_some(buffer_.prepare(kReadBytes), await_into(fault));
    if (fault) {
      co_return fault;
    }
    buffer_.commit(bytes);
  }
  stream_.expires_after(context_.options.header_timeout);
  co_await http::async_read_header(stream_, buffer_, parser, await_into(fault));
  if (!fault) {
    waiting_since_.reset();
  }
  co_return fault;
}

net::awaitable<bool> Session::answer_one() {
  Parser parser;
  parser.header_limit(kMaxHeaderBytes);
  parser.body_limit(boost::none);
  const boost::system::error_code fault = co_await read_head(parser);
  std::optional<HttpResponse> refusal;
  HttpRequest request;
  if (fault) {
    refusal = unreadable(fault);
    if (!refusal) {
      co_return false;
    }
  } else {
    refusal = take_head(parser, request);
  }
  if (refusal) {
    MadeAnswer refused{std::move(*refusal)};
    co_return co_await send(std::move(refused));
  }
  const Route* route = context_.router.find(request.path);
  if (route == nullptr) {
    MadeAnswer refused{error_response(404, request, "There is nothing at this path.")};
    co_return co_await send(std::move(refused));
  }
  if (route->follow) {
    auto followed = route->follow(request);
    auto* source = std::get_if<std::unique_ptr<LiveSource>>(&followed);
    if (source != nullptr) {
      co_return co_await follow(std::move(*source));
    }
    MadeAnswer refused{std::move(std::get<HttpResponse>(followed))};
    co_return co_await send(std::move(refused));
  }
  MadeAnswer made = co_await answer(*route, request);
  co_return co_await send(std::move(made));
}

/// What is no request is told to be none where the client still listens; nothing: it does not.
std::optional<HttpResponse> Session::unreadable(boost::system::error_code fault) {
  static const auto& of_http = http::make_error_code(http::error::bad_method).category();
  if (fault.category() != of_http || fault == http::error::end_of_stream ||
      fault == http::error::partial_message) {
    return std::nullopt;
  }
  is_head_ = false;
  framing_ = {};
  return refuse_unreadable(
      fault == http::error::header_limit || fault == http::error::buffer_overflow, fault.message());
}

std::optional<HttpResponse> Session::take_head(const Parser& parser, HttpRequest& request) {
  context_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  const auto& asked = parser.get();
  const auto view = [](beast::string_view text) {
    return std::string_view(text.data(), text.size());
  };
  const auto hosts = asked.equal_range(http::field::host);
  RequestHead head;
  head.method = view(asked.method_string());
  is_head_ = head.method == "HEAD";
  head.version = asked.version();
  head.has_body = parser.chunked() || parser.content_length().value_or(0) > 0;
  head.target = view(asked.target());
  head.hosts = static_cast<std::size_t>(std::distance(hosts.first, hosts.second));
  head.host = view(asked[http::field::host]);
  head.accept_encoding = view(asked[http::field::accept_encoding]);
  head.last_event_id = view(asked["Last-Event-ID"]);
  framing_ = {};
  framing_.version = head.version;
  // A body is never read, so nothing after it can be told from it.
  framing_.keep_alive = asked.keep_alive() && !head.has_body;
  return check_head(head, context_.hosts, request);
}

net::awaitable<MadeAnswer> Session::answer(const Route& route, const HttpRequest& request) {
  MadeAnswer made;
  if (route.is_quick) {
    made = make_answer(route, request);
  } else if (context_.is_stopping) {
    made.response = error_response(503, request, "The server stops.");
  } else if (context_.queries_begun >= context_.options.max_connections / 2) {
    made.response = error_response(503, request, "Too many queries wait; ask again in a moment.");
  } else {
    const Counted query(context_.queries_begun);
    made = co_await on_query_thread([&route, &request] { return make_answer(route, request); });
  }
  co_return made;
}

net::awaitable<bool> Session::send(MadeAnswer made) {
  HttpResponse& response = made.response;
  if (response.status >= 400) {
    context_.counters.requests_refused.fetch_add(1, std::memory_order_relaxed);
  }
  framing_.is_gzip = made.is_gzip;
  framing_.is_chunked = response.more != nullptr && framing_.version >= 11;
  if (response.more != nullptr && !framing_.is_chunked) {
    framing_.keep_alive = false;  // the end of the connection is the end of the body
  }
  has_been_answered_ = true;
  const std::string head = response_head(response, framing_);
  bool goes_on = co_await write(head);
  if (goes_on && !is_head_ && response.status != 204) {
    goes_on = co_await write_body(response.body);
    if (goes_on && response.more != nullptr) {
      goes_on = co_await send_more(*response.more);
    }
  }
  goes_on = goes_on && framing_.keep_alive;
  co_return goes_on;
}

net::awaitable<bool> Session::send_more(BodySource& more) {
  while (!context_.is_stopping) {
    auto piece = co_await on_query_thread([&more] { return more.next(); });
    if (!piece) {
      spdlog::warn("msg=\"an answer was cut short\" reason=\"{}\"", piece.error().what);
      co_return false;
    }
    if (!*piece) {
      co_return co_await write_end();
    }
    const bool is_sent = co_await write_body(**piece);
    if (!is_sent) {
      co_return false;
    }
  }
  co_return false;
}

/// In pieces, each with its own deadline; as chunks where the length was not told.
net::awaitable<bool> Session::write_body(std::string_view bytes) {
  context_.counters.bytes_sent.fetch_add(bytes.size(), std::memory_order_relaxed);
  bool is_well = true;
  while (is_well && !bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPieceBytes);
    bytes.remove_prefix(piece.size());
    if (framing_.is_chunked) {
      const std::string chunk = fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
      is_well = co_await write(chunk);
    } else {
      is_well = co_await write(piece);
    }
  }
  co_return is_well;
}

net::awaitable<bool> Session::write(std::string_view bytes) {
  writing_since_ = SteadyClock::now();
  stream_.expires_after(context_.options.write_timeout);
  boost::system::error_code fault;
  co_await net::async_write(stream_, net::buffer(bytes.data(), bytes.size()), await_into(fault));
  writing_since_.reset();
  co_return !fault;
}

net::awaitable<bool> Session::follow(std::unique_ptr<LiveSource> source) {
  framing_.keep_alive = false;
  framing_.is_chunked = framing_.version >= 11;
  has_been_answered_ = true;
  const std::string head = live_head(framing_);
  const bool is_head_sent = co_await write(head);
  if (!is_head_sent || is_head_) {
    co_return false;
  }
  net::co_spawn(context_.io, watch_client(), net::detached);
  source->on_ready([this] { ready_.cancel(); });
  bool is_well = true;
  while (is_well && !is_closed_ && !context_.is_stopping) {
    LivePiece piece = source->next();
    switch (piece.step) {
      case LivePiece::Step::kSend:
        is_well = co_await write_body(piece.bytes);
        break;
      case LivePiece::Step::kWait:
        is_well = co_await wait_or_beat(*source);
        break;
      case LivePiece::Step::kReadBack:
        co_await on_query_thread([&source] {
          source->read_back();
          return true;
        });
        break;
      case LivePiece::Step::kEnd:
        co_await write_body(piece.bytes);
        co_await write_end();
        co_return false;
    }
  }
  co_return false;
}

net::awaitable<bool> Session::wait_or_beat(LiveSource& source) {
  ready_.expires_after(context_.options.heartbeat);
  boost::system::error_code interrupted;
  co_await ready_.async_wait(await_into(interrupted));
  if (interrupted) {
    co_return true;
  }
  co_return co_await write_body(source.heartbeat());
}

/// A subscriber that hangs up is let go at once. What it says is not listened to.
net::awaitable<void> Session::watch_client() {
  const auto self = shared_from_this();
  std::array<char, 512> room{};
  boost::system::error_code fault;
  while (!fault) {
    co_await stream_.socket().async_read_some(net::buffer(room), await_into(fault));
  }
  close();
}

net::awaitable<void> Session::linger() {
  if (is_closed_ || !has_been_answered_) {
    co_return;
  }
  waiting_since_ = SteadyClock::now();
  boost::system::error_code fault;
  stream_.socket().shutdown(tcp::socket::shutdown_send, fault);
  stream_.expires_after(kLinger);
  std::array<char, kReadBytes> room{};
  for (std::size_t seen = 0; !fault && seen < kLingerBytes;) {
    seen += co_await stream_.async_read_some(net::buffer(room), await_into(fault));
  }
}

}  // namespace

std::shared_ptr<HttpSession> start_session(int socket,
                                           bool is_ip_v6,
                                           const SessionContext& context,
                                           std::function<void()> on_end) {
  auto session = std::make_shared<Session>(socket, is_ip_v6, context);
  net::post(context.io, [session, on_end = std::move(on_end), &io = context.io] {
    net::co_spawn(io, session->run(), [session, on_end](std::exception_ptr thrown) {
      session->close();
      if (thrown) {
        spdlog::error("msg=\"an HTTP session failed\"");
      }
      on_end();
    });
  });
  return session;
}

}  // namespace geod::service
