#include "service/live_publisher.hpp"

#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>
#include <zmq.hpp>

#include "core/time.hpp"

namespace geod::service {
namespace {

/// Messages that wait for one listener; some kB each.
constexpr int kWaitingMessages = 10'000;
/// A listener sends subscriptions, which are short.
constexpr std::int64_t kLongestSubscription = 256;
constexpr int kHeartbeatMs = 5000;

}  // namespace

struct LivePublisher::Impl {
  zmq::context_t context{1};
  zmq::socket_t socket{context, zmq::socket_type::pub};
  std::string address;

  void send(std::string_view topic, std::string_view text) {
    // PUB drops for whom it cannot send to; it neither blocks nor fails for a listener.
    socket.send(zmq::buffer(topic), zmq::send_flags::sndmore | zmq::send_flags::dontwait);
    socket.send(zmq::buffer(text), zmq::send_flags::dontwait);
  }
};

Result<std::unique_ptr<LivePublisher>> LivePublisher::bind(const std::string& address) {
  try {
    auto impl = std::make_unique<Impl>();
    impl->socket.set(zmq::sockopt::linger, 0);
    impl->socket.set(zmq::sockopt::sndhwm, kWaitingMessages);
    impl->socket.set(zmq::sockopt::maxmsgsize, kLongestSubscription);
    impl->socket.set(zmq::sockopt::heartbeat_ivl, kHeartbeatMs);
    impl->socket.bind(address);
    impl->address = impl->socket.get(zmq::sockopt::last_endpoint);
    return std::unique_ptr<LivePublisher>(new LivePublisher(std::move(impl)));
  } catch (const zmq::error_t& error) {
    return fail(Errc::kIo,
                "cannot publish at {}: {}; set service.publish to an address that is free",
                address,
                error.what());
  }
}

LivePublisher::LivePublisher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LivePublisher::~LivePublisher() = default;

void LivePublisher::publish(const LiveMessage& message) {
  impl_->send(to_string(message.type), message.json);
}

void LivePublisher::heartbeat(const LiveCursor& position) {
  const Time now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  impl_->send("heartbeat",
              nlohmann::json{
                  {"type", "heartbeat"}, {"cursor", position.to_string()}, {"time", to_iso(now, 3)}}
                  .dump());
}

const std::string& LivePublisher::address() const {
  return impl_->address;
}

}  // namespace geod::service
