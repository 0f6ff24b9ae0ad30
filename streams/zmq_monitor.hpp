#pragma once

#include <set>

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

  /// Bytes that the system still holds for the peers of the open connections: sent, and over TCP
  /// not acknowledged, over ipc not read. As of the last `drain`.
  long unsent_bytes() const;

 private:
  zmq::socket_t events_;
  std::set<int> connections_;  ///< descriptors, ZeroMQ owns them
};

}  // namespace geod::streams
