#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>

#include <zmq.hpp>

#include "streams/curve_keys.hpp"
#include "streams/zmq_receiver.hpp"
#include "tests/support/wire_records.hpp"

namespace geod::streams {

/// A publisher as a stranger would write it, on a ZeroMQ context of its own.
class TestPublisher {
 public:
  explicit TestPublisher(zmq::socket_type type = zmq::socket_type::push);

  void use_curve(const CurveKeypair& keys, const std::string& server_public_key);
  void connect(const std::string& endpoint) { socket_.connect(endpoint); }
  /// Binds and returns the address with the port the system chose.
  std::string bind(const std::string& endpoint);
  /// Waits for room; false when there is none within five seconds.
  bool send(std::initializer_list<Bytes> frames);
  zmq::socket_t& socket() { return socket_; }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
};

/// Polls until `is_done`; false when that takes longer than ten seconds.
bool poll_until(Source& source, const SourceSinks& sinks, const std::function<bool()>& is_done);

}  // namespace geod::streams
