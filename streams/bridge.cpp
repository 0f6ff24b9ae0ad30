#include "streams/bridge.hpp"

#include <array>
#include <utility>

#include <zmq.hpp>

#include "core/log.hpp"

namespace geod::streams {
namespace {

constexpr int kReceiveQueueMessages = 16;
constexpr std::int64_t kMaxMessageBytes = 72LL << 20;
constexpr std::size_t kMaxFrames = 3;
constexpr std::chrono::milliseconds kPoll{100};
constexpr std::chrono::seconds kAnswerPatience{10};
constexpr Duration kFirstInterval = std::chrono::milliseconds{100};

using SteadyTime = std::chrono::steady_clock::time_point;

std::unique_ptr<BridgeTranslator> make_translator(const BridgeOptions& options) {
  const std::string& id = options.publisher.stream_id;
  switch (options.kind) {
    case BridgeKind::kAsn:
      return std::make_unique<AsnTranslator>(id);
    case BridgeKind::kFebus:
      return std::make_unique<FebusTranslator>(id, options.febus_stamp);
    case BridgeKind::kXdas:
      break;
  }
  return std::make_unique<XdasTranslator>(id);
}

class Bridge {
 public:
  Bridge(const BridgeOptions& options, const Clock& clock, std::stop_token stop)
      : options_(options),
        clock_(clock),
        stop_(std::move(stop)),
        translator_(make_translator(options)),
        febus_(dynamic_cast<FebusTranslator*>(translator_.get())) {}

  Result<BridgeCounts> run() {
    auto opened = WirePublisher::open(options_.publisher, clock_);
    if (!opened) {
      return tl::unexpected(std::move(opened.error()));
    }
    publisher_ = std::move(*opened);
    try {
      connect();
      if (auto there = publisher_->wait_for_receiver(options_.patience, stop_); !there) {
        return tl::unexpected(std::move(there.error()));
      }
      if (auto passed = pass_until_stopped(); !passed) {
        return tl::unexpected(std::move(passed.error()));
      }
    } catch (const zmq::error_t& error) {
      return fail(
          error.num() == EINVAL ? Errc::kConfig : Errc::kIo, "{}: {}", options_.from, error.what());
    }
    if (auto ended = publisher_->finish("bridge stopped", options_.drain_patience, {}); !ended) {
      return tl::unexpected(std::move(ended.error()));
    }
    counts_.skipped = febus_ == nullptr ? 0 : febus_->skipped_sets();
    return counts_;
  }

 private:
  void connect() {
    socket_ =
        zmq::socket_t(context_, febus_ == nullptr ? zmq::socket_type::sub : zmq::socket_type::req);
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::rcvhwm, kReceiveQueueMessages);
    socket_.set(zmq::sockopt::maxmsgsize, kMaxMessageBytes);
    socket_.set(zmq::sockopt::tcp_keepalive, 1);
    if (febus_ == nullptr) {
      socket_.set(zmq::sockopt::subscribe, "");
    }
    socket_.connect(options_.from);
    is_asked_ = false;
  }

  /// Febus: asks for what is newer than the last block, twice a block.
  void ask_if_due() {
    const SteadyTime now = clock_.steady_now();
    if (is_asked_ && now >= answer_deadline_) {
      spdlog::warn("bridge from=\"{}\" no answer within ten seconds: connecting anew",
                   options_.from);
      connect();
    }
    if (is_asked_ || now < next_ask_) {
      return;
    }
    const double last_s = febus_->last_epoch_s();
    if (socket_.send(zmq::const_buffer(&last_s, sizeof(last_s)), zmq::send_flags::dontwait)) {
      is_asked_ = true;
      answer_deadline_ = now + kAnswerPatience;
    }
  }

  Result<void> pass_until_stopped() {
    while (!stop_.stop_requested()) {
      if (febus_ != nullptr) {
        ask_if_due();
      }
      if (auto beaten = publisher_->beat_if_due(); !beaten) {
        return beaten;
      }
      zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
      try {
        zmq::poll(&item, 1, kPoll);
      } catch (const zmq::error_t& error) {
        if (error.num() != EINTR) {
          throw;
        }
      }
      if ((item.revents & ZMQ_POLLIN) != 0) {
        if (auto passed = pass_one(); !passed) {
          return passed.error().code == Errc::kCancelled ? Result<void>{} : passed;
        }
      }
    }
    return {};
  }

  /// Frames beyond what any protocol has are read and let go.
  std::vector<zmq::message_t> receive() {
    std::vector<zmq::message_t> frames;
    for (bool has_more = true; has_more;) {
      zmq::message_t frame;
      if (!socket_.recv(frame, zmq::recv_flags::dontwait)) {
        break;
      }
      has_more = frame.more();
      if (frames.size() <= kMaxFrames) {
        frames.push_back(std::move(frame));
      }
    }
    return frames;
  }

  Result<void> pass_one() {
    const std::vector<zmq::message_t> frames = receive();
    std::vector<Frame> views;
    for (const zmq::message_t& frame : frames) {
      views.emplace_back(static_cast<const std::byte*>(frame.data()), frame.size());
    }
    const auto blocks = translator_->take(views);
    if (febus_ != nullptr) {
      is_asked_ = false;
      next_ask_ = clock_.steady_now() + std::max(febus_->block_length() / 2, kFirstInterval);
    }
    if (!blocks) {
      ++counts_.refused;
      std::uint64_t held_back = 0;
      if (log_limit_.allow("refused", clock_.steady_now(), &held_back)) {
        spdlog::warn("bridge from=\"{}\" refused held_back={} what=\"{}\"",
                     options_.from,
                     held_back,
                     blocks.error().what);
      }
      return {};
    }
    for (const DasBlock& block : *blocks) {
      if (auto sent = send(block); !sent) {
        return sent;
      }
    }
    return {};
  }

  Result<void> send(const DasBlock& block) {
    const auto now = clock_.steady_now();
    const std::string metadata = translator_->metadata();
    const bool is_new = revision_ == 0 || metadata != metadata_ || geometry_ != *block.geometry;
    if (is_new) {
      ++revision_;
      metadata_ = metadata;
      geometry_ = *block.geometry;
    }
    if (is_new || now >= next_metadata_) {
      next_metadata_ = now + std::chrono::minutes{1};
      if (auto told = publisher_->send_metadata(metadata_, stop_, [] {}); !told) {
        return told;
      }
    }
    DasHeader header;
    header.start = block.start;
    header.samples = block.samples;
    header.geometry = *block.geometry;
    header.dead = block.dead;
    header.meta_rev = revision_;
    auto sent =
        publisher_->send_block(std::move(header), {block.raw.get(), block.bytes()}, stop_, [] {});
    counts_.blocks += sent ? 1 : 0;
    return sent;
  }

  const BridgeOptions& options_;
  const Clock& clock_;
  const std::stop_token stop_;
  const std::unique_ptr<BridgeTranslator> translator_;
  FebusTranslator* const febus_;  ///< the same, where it is one
  std::unique_ptr<WirePublisher> publisher_;
  zmq::context_t context_;
  zmq::socket_t socket_;
  bool is_asked_ = false;
  SteadyTime answer_deadline_{};
  SteadyTime next_ask_{};
  log::RateLimit log_limit_;
  BridgeCounts counts_;
  std::string metadata_;
  FibreGeometry geometry_;
  std::uint64_t revision_ = 0;
  SteadyTime next_metadata_{};
};

}  // namespace

Result<BridgeCounts> run_bridge(const BridgeOptions& options,
                                const Clock& clock,
                                std::stop_token stop) {
  return Bridge(options, clock, std::move(stop)).run();
}

}  // namespace geod::streams
