#include "tests/support/wire_peers.hpp"

#include <gtest/gtest.h>

namespace geod::streams {

TestPublisher::TestPublisher(zmq::socket_type type) : socket_(context_, type) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::sndtimeo, 5000);
}

void TestPublisher::use_curve(const CurveKeypair& keys, const std::string& server_public_key) {
  socket_.set(zmq::sockopt::curve_publickey, keys.public_key);
  socket_.set(zmq::sockopt::curve_secretkey, keys.secret_key);
  socket_.set(zmq::sockopt::curve_serverkey, server_public_key);
}

std::string TestPublisher::bind(const std::string& endpoint) {
  socket_.bind(endpoint);
  return socket_.get(zmq::sockopt::last_endpoint);
}

bool TestPublisher::send(std::initializer_list<Bytes> frames) {
  std::size_t left = frames.size();
  for (const Bytes& frame : frames) {
    const auto flags = --left > 0 ? zmq::send_flags::sndmore : zmq::send_flags::none;
    if (!socket_.send(zmq::buffer(frame), flags)) {
      return false;
    }
  }
  return true;
}

bool poll_until(Source& source, const SourceSinks& sinks, const std::function<bool()>& is_done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!is_done()) {
    if (std::chrono::steady_clock::now() >= deadline) {
      return false;
    }
    if (const auto polled = source.poll(sinks, std::chrono::milliseconds{20}); !polled) {
      ADD_FAILURE() << polled.error().what;
      return false;
    }
  }
  return true;
}

}  // namespace geod::streams
