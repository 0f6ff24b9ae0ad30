#include "service/http_session.hpp"

#include <algorithm>
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

#include "core/log.hpp"
#include "service/error_response.hpp"
#include "service/gzip.hpp"
#include "service/status_text.hpp"

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
constexpr std::size_t kMaxTargetBytes = 8U << 10U;
constexpr std::size_t kReadBytes = 4096;
/// What a client must take within the write timeout.
constexpr std::size_t kPieceBytes = 64U << 10U;
/// A client that takes longer for a piece may be closed in favour of another.
constexpr auto kLongestOrdinaryWrite = std::chrono::seconds{1};
constexpr std::size_t kWorthCompressing = 1024;
/// After the last answer: what is still read of a client, so that its kernel does not throw away
/// the answer, and for how long.
constexpr std::size_t kLingerBytes = 256U << 10U;
constexpr auto kLinger = std::chrono::seconds{2};

using Head = http::response<http::empty_body>;
using Asked = http::request<http::empty_body>;
using Parser = http::request_parser<http::empty_body>;

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

class Session final : public HttpSession, public std::enable_shared_from_this<Session> {
 public:
  Session(int socket, bool is_ip_v6, const SessionContext& context)
      : context_(context),
        stream_(tcp::socket(context.io, is_ip_v6 ? tcp::v6() : tcp::v4(), socket)),
        buffer_(2 * kMaxHeaderBytes),
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
  std::optional<HttpResponse> take_fields(const Asked& asked, HttpRequest& request);
  net::awaitable<HttpResponse> answer(const Route& route, const HttpRequest& request);
  net::awaitable<bool> send(HttpResponse response);
  net::awaitable<bool> send_more(BodySource& more);
  net::awaitable<bool> send_head(Head& head);
  net::awaitable<bool> write(std::string_view bytes);
  net::awaitable<bool> write_body(std::string_view bytes);
  net::awaitable<bool> write_end();
  net::awaitable<bool> follow(std::unique_ptr<LiveSource> source);
  net::awaitable<bool> wait_or_beat(LiveSource& source);
  net::awaitable<void> watch_client();
  net::awaitable<void> linger();

  void begin_write() {
    writing_since_ = SteadyClock::now();
    stream_.expires_after(context_.options.write_timeout);
  }

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
  bool is_first_ = true;
  bool is_closed_ = false;
  bool has_been_answered_ = false;

  // Of the request that is being answered.
  unsigned version_ = 11;
  bool is_head_ = false;
  bool keep_alive_ = false;
  bool is_gzip_ = false;
  bool is_chunked_ = false;
};

net::awaitable<boost::system::error_code> Session::read_head(Parser& parser) {
  boost::system::error_code fault;
  waiting_since_ = SteadyClock::now();
  if (buffer_.size() == 0) {
    stream_.expires_after(is_first_ ? context_.options.header_timeout
                                    : context_.options.idle_timeout);
    const std::size_t bytes =
        co_await stream_.async_read_some(buffer_.prepare(kReadBytes), await_into(fault));
    if (fault) {
      co_return fault;
    }
    buffer_.commit(bytes);
  }
  is_first_ = false;
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
    co_return co_await send(std::move(*refusal));
  }
  const Route* route = context_.router.find(request.path);
  if (route == nullptr) {
    HttpResponse response = error_response(404, request, "There is nothing at this path.");
    co_return co_await send(std::move(response));
  }
  if (route->follow) {
    auto followed = route->follow(request);
    auto* source = std::get_if<std::unique_ptr<LiveSource>>(&followed);
    if (source != nullptr) {
      co_return co_await follow(std::move(*source));
    }
    co_return co_await send(std::move(std::get<HttpResponse>(followed)));
  }
  HttpResponse response = co_await answer(*route, request);
  co_return co_await send(std::move(response));
}

/// What is no request is told to be none where the client still listens; nothing: it does not.
std::optional<HttpResponse> Session::unreadable(boost::system::error_code fault) {
  static const auto& of_http = http::make_error_code(http::error::bad_method).category();
  if (fault.category() != of_http || fault == http::error::end_of_stream ||
      fault == http::error::partial_message) {
    return std::nullopt;
  }
  const bool is_long = fault == http::error::header_limit || fault == http::error::buffer_overflow;
  keep_alive_ = false;
  is_head_ = false;
  version_ = 11;
  HttpRequest request;
  request.target = "(unreadable)";
  return error_response(is_long ? 431 : 400,
                        request,
                        is_long ? "The head of the request has more than 64 KiB."
                                : "This is not an HTTP request: " + fault.message() + ".");
}

/// Fills in `request`, or says why it is not answered.
std::optional<HttpResponse> Session::take_head(const Parser& parser, HttpRequest& request) {
  context_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  const Asked& asked = parser.get();
  version_ = asked.version();
  is_head_ = asked.method() == http::verb::head;
  // A body is never read, so nothing after it can be told from it.
  const bool has_body = parser.chunked() || parser.content_length().value_or(0) > 0;
  keep_alive_ = asked.keep_alive() && !has_body;
  const std::string_view target(asked.target().data(), asked.target().size());
  request.target = target.substr(0, kMaxTargetBytes);
  if (asked.method() == http::verb::unknown) {
    return error_response(501, request, "The server knows GET and HEAD.");
  }
  if (asked.method() != http::verb::get && !is_head_) {
    return error_response(405, request, "The server knows GET and HEAD: nothing can be changed.");
  }
  if (target.size() > kMaxTargetBytes) {
    return error_response(414, request, "The request has more than 8 KiB.");
  }
  if (has_body) {
    return error_response(400, request, "A GET has no body.");
  }
  auto parsed = parse_target(target);
  if (!parsed) {
    return error_response(400, request, parsed.error().what + ".");
  }
  request = std::move(*parsed);
  return take_fields(asked, request);
}

std::optional<HttpResponse> Session::take_fields(const Asked& asked, HttpRequest& request) {
  const auto hosts = asked.equal_range(http::field::host);
  const auto count = std::distance(hosts.first, hosts.second);
  if (count > 1 || (count == 0 && version_ >= 11)) {
    return error_response(400, request, "A request has one header Host.");
  }
  const beast::string_view host = count == 0 ? "localhost" : asked[http::field::host];
  const auto base = context_.hosts.base_url({host.data(), host.size()});
  if (!base) {
    return error_response(
        421, request, "This name of the server is not among service.hosts of its configuration.");
  }
  request.base_url = *base;
  const beast::string_view encodings = asked[http::field::accept_encoding];
  request.accepts_gzip = accepts_gzip({encodings.data(), encodings.size()});
  request.last_event_id = std::string(asked["Last-Event-ID"].substr(0, kMaxTargetBytes));
  return std::nullopt;
}

net::awaitable<HttpResponse> Session::answer(const Route& route, const HttpRequest& request) {
  const auto make = [&route, &request] {
    HttpResponse response = route.answer(request);
    const bool is_worth = response.more != nullptr || response.body.size() >= kWorthCompressing;
    if (request.accepts_gzip && is_worth) {
      auto smaller = compressed(std::move(response));
      return smaller ? std::pair(std::move(*smaller), true)
                     : std::pair(error_response(503, request, smaller.error().what), false);
    }
    return std::pair(std::move(response), false);
  };
  std::pair<HttpResponse, bool> made;
  if (route.is_quick) {
    made = make();
  } else if (context_.is_stopping) {
    made.first = error_response(503, request, "The server stops.");
  } else if (context_.queries_begun >= context_.options.max_connections / 2) {
    made.first = error_response(503, request, "Too many queries wait; ask again in a moment.");
  } else {
    const Counted query(context_.queries_begun);
    made = co_await on_query_thread(make);
  }
  is_gzip_ = made.second;
  co_return std::move(made.first);
}

net::awaitable<bool> Session::send(HttpResponse response) {
  Head head;
  head.version(version_);
  head.result(static_cast<unsigned>(response.status));
  head.reason(std::string(status_text(response.status)));
  head.set(http::field::server, "geod/" GEOD_VERSION);
  head.set("X-Content-Type-Options", "nosniff");
  head.set(http::field::cache_control, "no-cache");
  head.set(http::field::vary, "Accept-Encoding");
  if (response.status >= 400) {
    context_.counters.requests_refused.fetch_add(1, std::memory_order_relaxed);
    if (response.status == 405 || response.status == 501) {
      head.set(http::field::allow, "GET, HEAD");
    } else if (response.status == 503) {
      head.set(http::field::retry_after, "5");
    }
  }
  if (std::exchange(is_gzip_, false)) {
    head.set(http::field::content_encoding, "gzip");
  }
  is_chunked_ = response.more != nullptr && version_ >= 11;
  if (response.more != nullptr && !is_chunked_) {
    keep_alive_ = false;  // the end of the connection is the end of the body
  }
  if (response.status != 204) {
    head.set(http::field::content_type, response.content_type);
    if (is_chunked_) {
      head.chunked(true);
    } else if (response.more == nullptr) {
      head.content_length(response.body.size());
    }
  }
  const bool is_head_sent = co_await send_head(head);
  if (!is_head_sent) {
    co_return false;
  }
  if (is_head_ || response.status == 204) {
    co_return keep_alive_;
  }
  bool goes_on = co_await write_body(response.body);
  if (goes_on && response.more != nullptr) {
    goes_on = co_await send_more(*response.more);
  }
  goes_on = goes_on && keep_alive_;
  co_return goes_on;
}

net::awaitable<bool> Session::send_head(Head& head) {
  has_been_answered_ = true;
  head.keep_alive(keep_alive_);
  http::response_serializer<http::empty_body> serializer(head);
  begin_write();
  boost::system::error_code fault;
  co_await http::async_write_header(stream_, serializer, await_into(fault));
  writing_since_.reset();
  co_return !fault;
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
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPieceBytes);
    bytes.remove_prefix(piece.size());
    if (!is_chunked_) {
      const bool is_sent = co_await write(piece);
      if (!is_sent) {
        co_return false;
      }
      continue;
    }
    begin_write();
    boost::system::error_code fault;
    co_await net::async_write(
        stream_, http::make_chunk(net::buffer(piece.data(), piece.size())), await_into(fault));
    writing_since_.reset();
    if (fault) {
      co_return false;
    }
  }
  co_return true;
}

net::awaitable<bool> Session::write(std::string_view bytes) {
  begin_write();
  boost::system::error_code fault;
  co_await net::async_write(stream_, net::buffer(bytes.data(), bytes.size()), await_into(fault));
  writing_since_.reset();
  co_return !fault;
}

/// The last chunk, where there are chunks.
net::awaitable<bool> Session::write_end() {
  if (!is_chunked_) {
    co_return true;
  }
  co_return co_await write("0\r\n\r\n");
}

net::awaitable<bool> Session::follow(std::unique_ptr<LiveSource> source) {
  keep_alive_ = false;
  is_chunked_ = version_ >= 11;
  Head head;
  head.version(version_);
  head.result(http::status::ok);
  head.set(http::field::server, "geod/" GEOD_VERSION);
  head.set(http::field::content_type, "text/event-stream; charset=utf-8");
  head.set(http::field::cache_control, "no-store");
  head.set("X-Accel-Buffering", "no");  // nginx passes it on as it comes
  if (is_chunked_) {
    head.chunked(true);
  }
  const bool is_head_sent = co_await send_head(head);
  if (!is_head_sent || is_head_) {
    co_return false;
  }
  net::co_spawn(context_.io, watch_client(), net::detached);
  source->on_ready([this] { ready_.cancel(); });
  while (!is_closed_ && !context_.is_stopping) {
    LivePiece piece = source->next();
    bool is_well = true;
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
        is_well = co_await write_body(piece.bytes);
        if (is_well) {
          co_await write_end();
        }
        co_return false;
    }
    if (!is_well) {
      break;
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
  while (!is_closed_) {
    boost::system::error_code fault;
    co_await stream_.socket().async_read_some(net::buffer(room), await_into(fault));
    if (fault) {
      close();
    }
  }
}

net::awaitable<void> Session::linger() {
  if (is_closed_ || !has_been_answered_) {
    co_return;
  }
  waiting_since_ = SteadyClock::now();
  boost::system::error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kLinger);
  std::array<char, kReadBytes> room{};
  for (std::size_t seen = 0; seen < kLingerBytes;) {
    boost::system::error_code fault;
    seen += co_await stream_.async_read_some(net::buffer(room), await_into(fault));
    if (fault) {
      co_return;
    }
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
