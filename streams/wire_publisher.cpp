#include "streams/wire_publisher.hpp"

#include <array>
#include <cerrno>
#include <thread>
#include <utility>

#include "streams/curve_keys.hpp"

namespace geod::streams {
namespace {

/// Messages ZeroMQ may hold on this side: few, so that progress means progress.
constexpr int kSendQueueMessages = 16;
constexpr std::chrono::milliseconds kRoomCheck{100};
constexpr std::chrono::milliseconds kConnectionCheck{10};
constexpr std::chrono::seconds kBeatInterval{1};
/// ZeroMQ's own thread writes the next message as soon as there is room: empty twice is empty.
constexpr int kEmptyChecks = 2;

Frame bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

Result<std::unique_ptr<WirePublisher>> WirePublisher::open(const PublisherOptions& options,
                                                           const Clock& clock) {
  const std::string topic = wire_topic(WireKind::kEnd, options.stream_id);
  const std::array<Frame, 2> probe{bytes_of(topic), bytes_of("{}")};
  if (!parse_wire_message(probe)) {
    return fail(Errc::kConfig,
                "stream id \"{}\" is not 1 to {} characters of A-Z a-z 0-9 . _ : -",
                options.stream_id,
                kMaxStreamIdBytes);
  }
  try {
    std::unique_ptr<WirePublisher> publisher(new WirePublisher(options, clock));
    if (auto attached = publisher->attach(); !attached) {
      return tl::unexpected(std::move(attached.error()));
    }
    return publisher;
  } catch (const zmq::error_t& error) {
    return fail(error.num() == EINVAL ? Errc::kConfig : Errc::kIo,
                "{}: {}",
                options.endpoint,
                error.what());
  }
}

WirePublisher::WirePublisher(const PublisherOptions& options, const Clock& clock)
    : options_(options),
      clock_(clock),
      boot_(static_cast<std::uint64_t>(to_ns(clock.now()))),
      next_beat_(clock.steady_now()),
      socket_(context_,
              options.mode == PublisherMode::kPubBind ? zmq::socket_type::xpub
                                                      : zmq::socket_type::push) {}

Result<void> WirePublisher::attach() {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::sndhwm, kSendQueueMessages);
  socket_.set(zmq::sockopt::sndtimeo, static_cast<int>(kRoomCheck.count()));
  socket_.set(zmq::sockopt::immediate, true);  // queue for receivers that are there, not for names
  socket_.set(zmq::sockopt::ipv6, 1);
  socket_.set(zmq::sockopt::tcp_keepalive, 1);
  if (options_.mode == PublisherMode::kPubBind) {
    socket_.set(zmq::sockopt::xpub_nodrop, true);
  }
  if (!options_.secret_key_file.empty() || !options_.server_public_key.empty()) {
    if (options_.mode != PublisherMode::kPushConnect || !is_z85_key(options_.server_public_key)) {
      return fail(Errc::kConfig,
                  "CURVE needs the receiver's public key (Z85, 40 characters) and a connection to "
                  "a bound receiver");
    }
    const auto keys = load_curve_keypair(options_.secret_key_file);
    if (!keys) {
      return tl::unexpected(keys.error());
    }
    socket_.set(zmq::sockopt::curve_publickey, keys->public_key);
    socket_.set(zmq::sockopt::curve_secretkey, keys->secret_key);
    socket_.set(zmq::sockopt::curve_serverkey, options_.server_public_key);
  }
  monitor_.emplace(context_, socket_);
  if (options_.mode == PublisherMode::kPushConnect) {
    socket_.connect(options_.endpoint);
  } else {
    socket_.bind(options_.endpoint);
  }
  address_ = socket_.get(zmq::sockopt::last_endpoint);
  return {};
}

tl::unexpected<Error> WirePublisher::error(const zmq::error_t& error) const {
  return fail(Errc::kIo, "{}: {}", options_.endpoint, error.what());
}

/// PUB only: someone has subscribed to this stream.
bool WirePublisher::has_subscriber() {
  zmq::message_t subscription;
  while (socket_.recv(subscription, zmq::recv_flags::dontwait)) {
    const std::string_view text = subscription.to_string_view();
    was_subscribed_ |= text.starts_with('\x01') &&
                       wire_topic(options_.content, options_.stream_id).starts_with(text.substr(1));
  }
  return was_subscribed_;
}

Result<void> WirePublisher::wait_for_receiver(Duration patience, std::stop_token stop) {
  const auto deadline = clock_.steady_now() + patience;
  try {
    while (!stop.stop_requested()) {
      monitor_->drain(connections_);
      const CounterSnapshot seen = connections_.snapshot();
      const bool is_there =
          options_.mode == PublisherMode::kPubBind ? has_subscriber() : seen.connections > 0;
      if (is_there) {
        return {};
      }
      if (seen.auth_failures > 0) {
        return fail(Errc::kDisconnected,
                    "{}: the receiver refuses this key; add its public key to the allow list there",
                    options_.endpoint);
      }
      if (seen.handshake_failures > 0) {
        return fail(Errc::kDisconnected,
                    "{}: no common ground with the receiver: CURVE on one side only, or the wrong "
                    "server key",
                    options_.endpoint);
      }
      if (clock_.steady_now() >= deadline) {
        return fail(Errc::kDisconnected,
                    "{}: no receiver within {:.0f} s; is the daemon running there?",
                    options_.endpoint,
                    to_seconds(patience));
      }
      std::this_thread::sleep_for(kConnectionCheck);
    }
  } catch (const zmq::error_t& caught) {
    return error(caught);
  }
  return fail(Errc::kCancelled, "stopped while waiting for a receiver");
}

/// True when sent; false when there is no room now.
Result<bool> WirePublisher::try_send(std::span<const Frame> frames) {
  try {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto flags = i + 1 < frames.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
      if (!socket_.send(zmq::const_buffer(frames[i].data(), frames[i].size()), flags)) {
        return false;  // only before the first frame: ZeroMQ takes messages whole
      }
    }
    return true;
  } catch (const zmq::error_t& caught) {
    if (caught.num() == EINTR) {
      return false;
    }
    return error(caught);
  }
}

Result<void> WirePublisher::send(std::span<const Frame> frames,
                                 std::stop_token stop,
                                 const std::function<void()>& while_waiting) {
  while (!stop.stop_requested()) {
    const auto sent = try_send(frames);
    if (!sent) {
      return tl::unexpected(sent.error());
    }
    if (*sent) {
      return {};
    }
    while_waiting();
  }
  return fail(Errc::kCancelled, "stopped while the receiver had no room");
}

Result<void> WirePublisher::send_records(std::span<const std::byte> records,
                                         std::stop_token stop,
                                         const std::function<void()>& while_waiting) {
  const std::string topic = wire_topic(WireKind::kMiniSeed, options_.stream_id);
  const std::string header = data_header_json(boot_, next_seq_, crc32_ieee(records));
  const std::array<Frame, 3> frames{bytes_of(topic), bytes_of(header), records};
  auto sent = send(frames, std::move(stop), while_waiting);
  if (sent) {
    ++next_seq_;
  }
  return sent;
}

Result<void> WirePublisher::send_block(DasHeader header,
                                       std::span<const std::byte> samples,
                                       std::stop_token stop,
                                       const std::function<void()>& while_waiting) {
  header.geometry.fibre_id = options_.stream_id;
  header.boot = boot_;
  header.seq = next_seq_;
  header.crc32 = crc32_ieee(samples);
  const std::string topic = wire_topic(WireKind::kDas, options_.stream_id);
  const std::string json = das_header_json(header);
  const std::array<Frame, 3> frames{bytes_of(topic), bytes_of(json), samples};
  auto sent = send(frames, std::move(stop), while_waiting);
  if (sent) {
    ++next_seq_;
  }
  return sent;
}

Result<void> WirePublisher::send_metadata(std::string_view json,
                                          std::stop_token stop,
                                          const std::function<void()>& while_waiting) {
  const std::string topic = wire_topic(WireKind::kDasMetadata, options_.stream_id);
  const std::array<Frame, 2> frames{bytes_of(topic), bytes_of(json)};
  return send(frames, std::move(stop), while_waiting);
}

Result<void> WirePublisher::beat_if_due() {
  const auto now = clock_.steady_now();
  if (now < next_beat_) {
    return {};
  }
  next_beat_ = now + kBeatInterval;
  const std::string topic = wire_topic(WireKind::kHeartbeat, options_.stream_id);
  const std::string header = heartbeat_json(boot_, next_seq_, to_ns(clock_.now()));
  const std::array<Frame, 2> frames{bytes_of(topic), bytes_of(header)};
  const auto sent = try_send(frames);
  return sent ? Result<void>{} : tl::unexpected(sent.error());
}

/// A receiver without room stops reading its connection, and ZeroMQ drops what it has not read when
/// an ipc connection closes. So the connection stays until nothing is left in it.
void WirePublisher::wait_until_taken(std::chrono::steady_clock::time_point deadline) {
  for (int empty = 0; empty < kEmptyChecks && clock_.steady_now() < deadline;) {
    std::this_thread::sleep_for(kConnectionCheck);
    monitor_->drain(connections_);
    empty = monitor_->unsent_bytes() == 0 ? empty + 1 : 0;
  }
}

Result<void> WirePublisher::finish(std::string_view reason,
                                   Duration patience,
                                   std::stop_token stop) {
  const std::string topic = wire_topic(WireKind::kEnd, options_.stream_id);
  const std::string header = end_json(boot_, next_seq_, reason);
  const std::array<Frame, 2> frames{bytes_of(topic), bytes_of(header)};
  if (auto sent = send(frames, std::move(stop), [] {}); !sent) {
    return sent;
  }
  const auto deadline = clock_.steady_now() + patience;
  const auto linger = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  try {
    wait_until_taken(deadline);
    monitor_.reset();
    socket_.set(zmq::sockopt::linger, static_cast<int>(linger));
    socket_.close();
    context_.close();  // returns when all is handed over, or after `linger`
  } catch (const zmq::error_t& caught) {
    return error(caught);
  }
  if (clock_.steady_now() >= deadline) {
    return fail(Errc::kDisconnected,
                "{}: the receiver did not take the last messages within {:.0f} s; they may be lost",
                options_.endpoint,
                to_seconds(patience));
  }
  return {};
}

}  // namespace geod::streams
