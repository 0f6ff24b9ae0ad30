#include "streams/zmq_monitor.hpp"

#include <atomic>
#include <cstring>
#include <string>

#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <zmq.h>

namespace geod::streams {
namespace {

constexpr int kEvents = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                        ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                        ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;

/// Monitor addresses must differ inside a context; one number for the process is enough.
std::string unique_address() {
  static std::atomic<std::uint64_t> next{0};
  return fmt::format("inproc://geod-monitor-{}", next.fetch_add(1));
}

void book(std::uint16_t event, SourceCounters& counters) {
  switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
      SourceCounters::add(counters.connections);
      break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      SourceCounters::add(counters.auth_failures);
      break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
      SourceCounters::add(counters.handshake_failures);
      break;
  }
}

}  // namespace

ZmqMonitor::ZmqMonitor(zmq::context_t& context, zmq::socket_t& watched)
    : events_(context, zmq::socket_type::pair) {
  const std::string address = unique_address();
  if (::zmq_socket_monitor(watched.handle(), address.c_str(), kEvents) != 0) {
    throw zmq::error_t();
  }
  events_.set(zmq::sockopt::linger, 0);
  events_.connect(address);
}

void ZmqMonitor::drain(SourceCounters& counters) {
  // An event is two frames: number (16 bit) and value (32 bit) in host order, then the address.
  zmq::message_t event;
  zmq::message_t address;
  while (events_.recv(event, zmq::recv_flags::dontwait)) {
    if (!event.more() || !events_.recv(address)) {
      continue;
    }
    std::uint16_t number = 0;
    std::int32_t value = 0;
    if (event.size() < sizeof(number) + sizeof(value)) {
      continue;
    }
    std::memcpy(&number, event.data(), sizeof(number));
    std::memcpy(&value, static_cast<const char*>(event.data()) + sizeof(number), sizeof(value));
    book(number, counters);
    if (number == ZMQ_EVENT_CONNECTED || number == ZMQ_EVENT_ACCEPTED) {
      connections_.insert(value);
    } else if (number == ZMQ_EVENT_DISCONNECTED) {
      connections_.erase(value);
    }
  }
}

long ZmqMonitor::unsent_bytes() const {
  long sum = 0;
  for (const int descriptor : connections_) {
    int bytes = 0;
    if (::ioctl(descriptor, SIOCOUTQ, &bytes) == 0) {
      sum += bytes;
    }
  }
  return sum;
}

}  // namespace geod::streams
