#pragma once

#include <zmq.hpp>

#include "streams/source_counters.hpp"

namespace geod::streams {

/// Watches the connections of one socket: who came, who was turned away. Same thread as the socket.
class ZmqMonitor {
 public:
  /// Attach before the socket is bound or connected. Throws zmq::error_t.
  ZmqMonitor(zmq::context_t& context, zmq::socket_t& watched);

  /// Readable when there are events: for the poll set.
  zmq::socket_t& socket() { return events_; }

  /// Books all waiting events; returns without waiting.
  void drain(SourceCounters& counters);

 private:
  zmq::socket_t events_;
};

}  // namespace geod::streams
