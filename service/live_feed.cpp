#include "service/live_feed.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "service/error_response.hpp"
#include "service/fdsn_parameters.hpp"

namespace geod::service {
namespace {

/// Of each type, read from the store at a time.
constexpr std::size_t kPageRows = 500;
/// What is handed to a session at a time.
constexpr std::size_t kPieceBytes = 64U << 10U;
constexpr auto kTick = std::chrono::seconds{1};
constexpr int kTicksToHeartbeat = 5;

constexpr std::array kParameters{ParameterInfo{"types", "", "xs:string"},
                                 ParameterInfo{"after", "", "xs:string"}};

}  // namespace

/// A position, and a page of the store while it reads back.
class LiveFeed::Subscriber final : public LiveSource {
 public:
  Subscriber(LiveFeed& feed, LiveTypes types, std::optional<LiveCursor> after)
      : feed_(feed),
        types_(types),
        is_reading_back_(after.has_value()),
        cursor_(after.value_or(feed.position_)),
        next_(feed.first_kept_ + feed.kept_.size()) {
    feed_.subscribers_.fetch_add(1);
  }
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;
  ~Subscriber() override {
    feed_.wakes_.erase(this);
    feed_.subscribers_.fetch_sub(1);
  }

  LivePiece next() override {
    if (is_reading_back_) {
      return next_of_store();
    }
    if (next_ < feed_.first_kept_) {
      feed_.left_behind_.fetch_add(1);
      return end("fell behind");
    }
    LivePiece piece;
    const std::uint64_t newest = feed_.first_kept_ + feed_.kept_.size();
    while (next_ < newest && piece.bytes.size() < kPieceBytes) {
      add(feed_.kept_[next_ - feed_.first_kept_], piece.bytes);
      ++next_;
    }
    piece.step = piece.bytes.empty() ? LivePiece::Step::kWait : LivePiece::Step::kSend;
    return piece;
  }

  void read_back() override {
    auto reader = feed_.readers_.take();
    if (!reader) {
      fault_ = reader.error().what;
      return;
    }
    if (!std::exchange(is_checked_, true) && !check(*reader)) {
      return;
    }
    auto page = read_live(**reader, cursor_, types_, kPageRows);
    if (!page) {
      fault_ = page.error().what;
      return;
    }
    page_ = std::move(*page);
    has_read_ = true;
  }

  std::string heartbeat() override { return ": " + cursor_.to_string() + "\n\n"; }

  void on_ready(std::function<void()> wake) override { feed_.wakes_[this] = std::move(wake); }

 private:
  LivePiece next_of_store() {
    if (!fault_.empty()) {
      return end(fault_);
    }
    LivePiece piece;
    if (!std::exchange(has_read_, false)) {
      piece.step = LivePiece::Step::kReadBack;
      return piece;
    }
    for (const LiveMessage& message : page_) {
      add(message, piece.bytes);
    }
    page_.clear();
    if (is_within_kept()) {
      is_reading_back_ = false;
      next_ = feed_.first_kept_;  // what it has of these is passed over by its cursor
    }
    if (piece.bytes.empty()) {
      return is_reading_back_ ? LivePiece{LivePiece::Step::kReadBack, {}} : next();
    }
    piece.step = LivePiece::Step::kSend;
    return piece;
  }

  /// Whether everything it wants after its cursor is kept.
  bool is_within_kept() const {
    for (std::size_t i = 0; i < kLiveTypes; ++i) {
      if (types_.wanted[i] && cursor_.keys[i] < feed_.before_kept_.keys[i]) {
        return false;
      }
    }
    return true;
  }

  /// A cursor of another database would wait for rows that are long there, under other keys.
  bool check(ReaderPool::Lease& reader) {
    const auto newest = reader->newest_keys();
    if (!newest) {
      fault_ = newest.error().what;
      return false;
    }
    const LiveCursor end{
        {newest->pick_key, newest->detection_key, newest->version_key, newest->review_key}};
    for (std::size_t i = 0; i < kLiveTypes; ++i) {
      if (cursor_.keys[i] > end.keys[i]) {
        fault_ = fmt::format(
            "the cursor {} lies beyond the newest rows ({}): it is not of this "
            "database; begin anew with after=begin or without",
            cursor_.to_string(),
            end.to_string());
        return false;
      }
    }
    return true;
  }

  void add(const LiveMessage& message, std::string& bytes) {
    std::int64_t& told = cursor_.of(message.type);
    if (!types_.has(message.type) || message.key <= told) {
      return;
    }
    told = message.key;
    bytes += fmt::format("id: {}\nevent: {}\ndata: {}\n\n",
                         cursor_.to_string(),
                         to_string(message.type),
                         message.json);
  }

  LivePiece end(const std::string& reason) const {
    const nlohmann::json json{{"reason", reason}, {"cursor", cursor_.to_string()}};
    const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return {LivePiece::Step::kEnd, "event: end\ndata: " + text + "\n\n"};
  }

  LiveFeed& feed_;
  const LiveTypes types_;
  bool is_reading_back_;
  LiveCursor cursor_;   ///< what it was told, of the types it wants
  std::uint64_t next_;  ///< number of the next kept message
  bool is_checked_ = false;
  bool has_read_ = false;
  std::vector<LiveMessage> page_;
  std::string fault_;
};

LiveFeed::LiveFeed(HttpServer& server,
                   ReaderPool& readers,
                   std::unique_ptr<LivePublisher> publisher,
                   LiveOptions options)
    : server_(server), readers_(readers), publisher_(std::move(publisher)), options_(options) {}

LiveFeed::~LiveFeed() = default;

Result<void> LiveFeed::begin(Router& router) {
  auto reader = readers_.take();
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  const auto newest = (*reader)->newest_keys();
  if (!newest) {
    return tl::unexpected(newest.error());
  }
  position_ = {{newest->pick_key, newest->detection_key, newest->version_key, newest->review_key}};
  before_kept_ = position_;
  router.add_live("/live", [this](const HttpRequest& request) { return follow(request); });
  server_.call_every(kTick, [this] { tick(); });
  return {};
}

void LiveFeed::notify() {
  if (!is_news_.exchange(true)) {
    server_.post([this] { poll(); });
  }
}

/// Finds what a read that failed left and what other processes committed (reviews), and tells
/// listeners that nothing was missed.
void LiveFeed::tick() {
  poll();
  if (publisher_ && ++ticks_ % kTicksToHeartbeat == 0) {
    publisher_->heartbeat(position_);
  }
}

void LiveFeed::poll() {
  if (std::exchange(is_reading_, true)) {
    return;
  }
  is_news_.store(false);
  server_.post_query([this, after = position_] {
    auto page = [&]() -> Result<std::vector<LiveMessage>> {
      auto reader = readers_.take();
      if (!reader) {
        return tl::unexpected(reader.error());
      }
      return read_live(**reader, after, {}, kPageRows);
    }();
    server_.post([this, page = std::move(page)]() mutable { take(std::move(page)); });
  });
}

void LiveFeed::take(Result<std::vector<LiveMessage>> page) {
  is_reading_ = false;
  if (!page) {
    is_news_.store(true);  // the next tick tries again
    if (page.error().code != Errc::kCancelled &&
        log_limit_.allow("read", std::chrono::steady_clock::now())) {
      spdlog::warn("msg=\"the live feed waits: the store cannot be read\" reason=\"{}\"",
                   page.error().what);
    }
    return;
  }
  const bool may_be_more = page->size() >= kPageRows;
  for (LiveMessage& message : *page) {
    if (publisher_) {
      publisher_->publish(message);
    }
    keep(std::move(message));
  }
  if (!page->empty()) {
    for (const auto& [subscriber, wake] : wakes_) {
      wake();
    }
  }
  if (may_be_more || is_news_.load()) {
    poll();
  }
}

void LiveFeed::keep(LiveMessage message) {
  messages_.fetch_add(1, std::memory_order_relaxed);
  position_ = message.cursor;
  kept_bytes_ += message.json.size();
  kept_.push_back(std::move(message));
  while (kept_.size() > options_.kept_messages || kept_bytes_ > options_.kept_bytes) {
    kept_bytes_ -= kept_.front().json.size();
    before_kept_ = kept_.front().cursor;
    kept_.pop_front();
    ++first_kept_;
  }
}

std::variant<HttpResponse, std::unique_ptr<LiveSource>> LiveFeed::follow(
    const HttpRequest& request) {
  auto parameters = Parameters::read(request, kParameters);
  if (!parameters) {
    return error_response(400, request, parameters.error().what);
  }
  const auto types = LiveTypes::parse(parameters->list("types"));
  if (!types) {
    return error_response(400, request, types.error().what);
  }
  // A browser that comes back sends what it heard last, beside the address it began with.
  const std::string wanted = request.last_event_id.empty() ? parameters->text("after").value_or("")
                                                           : request.last_event_id;
  const auto after = LiveCursor::parse(wanted);
  if (!wanted.empty() && !after) {
    return error_response(
        400, request, "after: not a cursor; write begin, or the id of a message, as 1207-0-31-2.");
  }
  if (subscribers_.load() >= options_.max_subscribers) {
    return error_response(503, request, "service.max_subscribers follow already.");
  }
  return std::make_unique<Subscriber>(*this, *types, after);
}

}  // namespace geod::service
