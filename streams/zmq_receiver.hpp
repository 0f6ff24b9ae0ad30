#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <zmq.hpp>

#include "config/streams_config.hpp"
#include "core/clock.hpp"
#include "streams/curve_allow_list.hpp"
#include "streams/curve_keys.hpp"
#include "streams/source.hpp"
#include "streams/wire_session.hpp"
#include "streams/zap_handler.hpp"
#include "streams/zmq_monitor.hpp"

namespace geod::streams {

/// All geod-wire endpoints of the daemon, received on one thread.
///
/// Life: `open` proves authentication and binds, `poll` on geod-io until the end, destruction
/// closes at once. A sink that blocks stops the reading of every endpoint: queues fill to their
/// byte bound, then PUSH peers wait and PUB peers drop.
///
/// Invariant: on a bound CURVE endpoint no message is read whose key is not in the allow list now
/// in force, even if authentication itself failed open.
class ZmqReceiver final : public Source {
 public:
  /// Errors: kConfig, kNotFound, kIo, each naming the endpoint or file. Nothing stays bound after
  /// one. `clock` outlives the receiver.
  static Result<std::unique_ptr<ZmqReceiver>> open(const config::StreamsConfig& config,
                                                   const Clock& clock);
  ~ZmqReceiver() override;

  /// Errors: kIo when the authentication handler died (all endpoints are closed first) or ZeroMQ
  /// fails.
  Result<void> poll(const SourceSinks& sinks, std::chrono::milliseconds max_wait) override;
  void wake() noexcept override;
  /// Every endpoint has heard at least one stream, and all have ended.
  bool has_ended() const override;
  std::vector<SourceStatus> status() const override;

  /// Reads the allow list again; peers whose key is gone are no longer heard. On an error the old
  /// list stays. Any thread.
  Result<void> reload_allow_list();

 private:
  struct Endpoint;

  ZmqReceiver(const config::StreamsConfig& config, const Clock& clock);
  Result<void> open_security();
  Result<void> open_endpoint(const config::EndpointConfig& endpoint);
  void build_poll_set();
  void receive(Endpoint& endpoint, const SourceSinks& sinks);
  void dispatch(Endpoint& endpoint, std::span<zmq::message_t> frames, const SourceSinks& sinks);

  const config::StreamsConfig config_;
  const Clock& clock_;
  int wake_descriptor_ = -1;
  zmq::context_t context_;  // destroyed after every socket below
  std::optional<CurveKeypair> keys_;
  std::optional<SharedAllowList> allowed_;
  std::unique_ptr<ZapHandler> zap_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  std::vector<zmq::pollitem_t> poll_set_;  ///< wake-up, then per endpoint: socket, monitor
};

}  // namespace geod::streams
