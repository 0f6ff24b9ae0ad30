#include "streams/zmq_receiver.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

#include "streams/zmq_socket.hpp"

namespace geod::streams {
namespace {

/// Messages taken from one endpoint before the next has its turn.
constexpr int kMessagesPerTurn = 256;

/// The property ZeroMQ attached to a message's connection; empty when there is none.
std::string_view property(const zmq::message_t& frame, const char* name) {
  const char* const text = ::zmq_msg_gets(frame.handle(), name);
  return text == nullptr ? std::string_view{} : std::string_view{text};
}

Frame bytes_of(const zmq::message_t& frame) {
  return {static_cast<const std::byte*>(frame.data()), frame.size()};
}

/// Moves the frame where samples can share it: the bytes of a large message stay where they are.
PayloadKeeper keeper_of(zmq::message_t& frame) {
  return [&frame] {
    auto kept = std::make_shared<zmq::message_t>(std::move(frame));
    const auto* const bytes = static_cast<const std::byte*>(kept->data());
    return std::shared_ptr<const std::byte[]>(std::move(kept), bytes);
  };
}

/// One message, up to the frames a valid one has; the rest is read and let go. False: nothing
/// there.
bool read_message(zmq::socket_t& socket, std::vector<zmq::message_t>& frames, bool& is_too_long) {
  frames.clear();
  is_too_long = false;
  for (bool has_more = true; has_more;) {
    zmq::message_t frame;
    if (!socket.recv(frame, zmq::recv_flags::dontwait)) {
      return false;  // only before the first frame: messages arrive whole
    }
    has_more = frame.more();
    if (frames.size() < kMaxFrames) {
      frames.push_back(std::move(frame));
    } else {
      is_too_long = true;
    }
  }
  return true;
}

}  // namespace

struct ZmqReceiver::Endpoint {
  Endpoint(const config::EndpointConfig& endpoint_config,
           zmq::socket_t opened,
           zmq::context_t& context,
           RecordAgeLimits limits,
           const Clock& clock)
      : config(endpoint_config),
        socket(std::move(opened)),
        monitor(context, socket),
        session(endpoint_config.name, limits, clock) {}

  const config::EndpointConfig config;
  std::string address;  ///< with the port the system chose
  zmq::socket_t socket;
  ZmqMonitor monitor;
  WireSession session;
};

Result<std::unique_ptr<ZmqReceiver>> ZmqReceiver::open(const config::StreamsConfig& config,
                                                       const Clock& clock) {
  std::unique_ptr<ZmqReceiver> receiver(new ZmqReceiver(config, clock));
  receiver->wake_descriptor_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (receiver->wake_descriptor_ < 0) {
    return fail(Errc::kIo, "cannot make an eventfd: {}", std::strerror(errno));
  }
  if (auto secured = receiver->open_security(); !secured) {
    return tl::unexpected(std::move(secured.error()));
  }
  for (const config::EndpointConfig& endpoint : config.endpoints) {
    if (auto opened = receiver->open_endpoint(endpoint); !opened) {
      return tl::unexpected(std::move(opened.error()));
    }
  }
  receiver->build_poll_set();
  return receiver;
}

ZmqReceiver::ZmqReceiver(const config::StreamsConfig& config, const Clock& clock)
    : config_(config), clock_(clock) {}

ZmqReceiver::~ZmqReceiver() {
  if (wake_descriptor_ >= 0) {
    ::close(wake_descriptor_);
  }
}

/// Keys, allow list and the proven handler, before any socket is bound.
Result<void> ZmqReceiver::open_security() {
  const auto& endpoints = config_.endpoints;
  const auto uses_curve = [](const config::EndpointConfig& endpoint) { return endpoint.curve; };
  const auto is_server = [](const config::EndpointConfig& endpoint) {
    return endpoint.curve && is_bind(endpoint.mode);
  };
  if (std::ranges::any_of(endpoints, uses_curve)) {
    auto keys = load_curve_keypair(config_.curve.secret_key_file);
    if (!keys) {
      return tl::unexpected(std::move(keys.error()));
    }
    keys_ = std::move(*keys);
  }
  if (std::ranges::any_of(endpoints, is_server)) {
    auto list = CurveAllowList::load(config_.curve.allow_list_file);
    if (!list) {
      return tl::unexpected(std::move(list.error()));
    }
    allowed_.emplace(std::move(*list));
    auto handler = ZapHandler::start(context_, *allowed_);
    if (!handler) {
      return fail_with(handler.error(), config_.curve.allow_list_file);
    }
    zap_ = std::move(*handler);
  }
  return {};
}

Result<void> ZmqReceiver::open_endpoint(const config::EndpointConfig& endpoint) {
  auto socket = make_receive_socket(context_, endpoint, config_, keys_);
  if (!socket) {
    return tl::unexpected(std::move(socket.error()));
  }
  try {
    endpoints_.push_back(
        std::make_unique<Endpoint>(endpoint,
                                   std::move(*socket),
                                   context_,
                                   RecordAgeLimits{config_.max_future, config_.max_age},
                                   clock_));
    Endpoint& opened = *endpoints_.back();
    if (auto attached = attach_socket(opened.socket, endpoint); !attached) {
      return attached;
    }
    opened.address = opened.socket.get(zmq::sockopt::last_endpoint);
  } catch (const zmq::error_t& error) {
    return fail(Errc::kIo, "endpoint {} ({}): {}", endpoint.name, endpoint.endpoint, error.what());
  }
  return {};
}

void ZmqReceiver::build_poll_set() {
  poll_set_.push_back({nullptr, wake_descriptor_, ZMQ_POLLIN, 0});
  for (const auto& endpoint : endpoints_) {
    poll_set_.push_back({endpoint->socket.handle(), 0, ZMQ_POLLIN, 0});
    poll_set_.push_back({endpoint->monitor.socket().handle(), 0, ZMQ_POLLIN, 0});
  }
}

Result<void> ZmqReceiver::poll(const SourceSinks& sinks, std::chrono::milliseconds max_wait) {
  if (zap_ != nullptr && !zap_->is_alive()) {
    std::ranges::for_each(endpoints_, [](auto& endpoint) { endpoint->socket.close(); });
    return fail(Errc::kIo, "the CURVE authentication handler ended; all endpoints were closed");
  }
  try {
    if (zmq::poll(poll_set_, max_wait) == 0) {
      return {};
    }
    if ((poll_set_[0].revents & ZMQ_POLLIN) != 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const auto drained = ::read(wake_descriptor_, &count, sizeof(count));
    }
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
      Endpoint& endpoint = *endpoints_[i];
      if ((poll_set_[1 + 2 * i].revents & ZMQ_POLLIN) != 0) {
        receive(endpoint, sinks);
      }
      if ((poll_set_[2 + 2 * i].revents & ZMQ_POLLIN) != 0) {
        endpoint.monitor.drain(endpoint.session.counters());
      }
    }
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) {
      return fail(Errc::kIo, "receiving over ZeroMQ: {}", error.what());
    }
  }
  return {};
}

void ZmqReceiver::receive(Endpoint& endpoint, const SourceSinks& sinks) {
  std::vector<zmq::message_t> frames;
  bool is_too_long = false;
  for (int i = 0; i < kMessagesPerTurn && read_message(endpoint.socket, frames, is_too_long); ++i) {
    if (is_too_long) {
      endpoint.session.refuse(WireFault::kFrameCount,
                              fmt::format("more than {} frames", kMaxFrames),
                              {property(frames[0], "Peer-Address"), nullptr});
    } else {
      dispatch(endpoint, frames, sinks);
    }
  }
}

/// Names the peer, and lets only keys of the allow list in force through on CURVE binds.
void ZmqReceiver::dispatch(Endpoint& endpoint,
                           std::span<zmq::message_t> frames,
                           const SourceSinks& sinks) {
  std::array<Frame, kMaxFrames> views;
  std::ranges::transform(frames, views.begin(), bytes_of);
  const std::span<const Frame> message(views.data(), frames.size());
  WirePeer peer{property(frames[0], "Peer-Address"), nullptr};
  if (!endpoint.config.curve || !is_bind(endpoint.config.mode)) {
    endpoint.session.handle(message, peer, sinks, keeper_of(frames.back()));
    return;
  }
  const auto allowed = allowed_->get();
  peer.permitted = allowed->find(property(frames[0], "User-Id"));
  if (peer.permitted == nullptr) {
    endpoint.session.refuse(
        WireFault::kNotPermitted, "the key of this peer is not in the allow list (any more)", peer);
    return;
  }
  peer.label = peer.permitted->name;
  endpoint.session.handle(message, peer, sinks, keeper_of(frames.back()));
}

void ZmqReceiver::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_descriptor_, &one, sizeof(one));
}

bool ZmqReceiver::has_ended() const {
  return std::ranges::all_of(endpoints_,
                             [](const auto& endpoint) { return endpoint->session.has_ended(); });
}

std::vector<SourceStatus> ZmqReceiver::status() const {
  std::vector<SourceStatus> all;
  for (const auto& endpoint : endpoints_) {
    all.push_back({endpoint->config.name,
                   endpoint->address,
                   endpoint->session.counters().snapshot(),
                   endpoint->session.has_ended()});
  }
  return all;
}

Result<void> ZmqReceiver::reload_allow_list() {
  if (!allowed_) {
    return {};
  }
  auto list = CurveAllowList::load(config_.curve.allow_list_file);
  if (!list) {
    return tl::unexpected(std::move(list.error()));
  }
  if (list->size() == 0) {
    return fail(Errc::kConfig,
                "CURVE allow list {} is empty: no publisher could connect; the old list stays",
                config_.curve.allow_list_file);
  }
  allowed_->set(std::move(*list));
  return {};
}

}  // namespace geod::streams
