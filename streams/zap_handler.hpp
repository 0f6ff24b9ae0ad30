#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <zmq.hpp>

#include "core/error.hpp"
#include "core/log.hpp"
#include "streams/curve_allow_list.hpp"

namespace geod::streams {

/// Decides which CURVE keys may connect to the sockets of one ZeroMQ context (ZAP 1.0, ZeroMQ RFC
/// 27), on a thread of its own (`geod-zap`).
///
/// libzmq lets every key in when no handler answers, so a handler exists only after it has proven
/// itself: it was asked about a key that nobody has and refused it, and about one of the list and
/// accepted it. Sockets are bound after that. Should its thread end early, `is_alive` turns false
/// and the owner closes the sockets.
///
/// An accepted peer's messages carry its Z85 public key as the property "User-Id".
class ZapHandler {
 public:
  /// `context` and `allowed` outlive the handler. The list may be swapped at any time.
  /// Errors: kConfig when the list is empty, kIo when the handler cannot be bound or fails the
  /// proof.
  static Result<std::unique_ptr<ZapHandler>> start(zmq::context_t& context,
                                                   const SharedAllowList& allowed);
  ~ZapHandler();
  ZapHandler(const ZapHandler&) = delete;
  ZapHandler& operator=(const ZapHandler&) = delete;

  bool is_alive() const { return is_alive_.load(std::memory_order_acquire); }

 private:
  ZapHandler(zmq::socket_t requests, const SharedAllowList& allowed);
  void run(std::stop_token stop);
  void answer_one();
  void log_decision(const std::vector<zmq::message_t>& request,
                    bool is_accepted,
                    const std::string& name);

  const SharedAllowList& allowed_;
  zmq::socket_t requests_;    // the handler thread's, once it runs
  log::RateLimit log_limit_;  // the handler thread's
  std::atomic<bool> is_alive_{true};
  std::jthread thread_;
};

/// Asks whatever answers ZAP requests in `context` about `listed_key` (Z85) and about the all-zero
/// key, which no one can have. Succeeds only when the first is let in and the second is not, each
/// within `timeout`. Errors: kIo.
Result<void> prove_zap_handler(zmq::context_t& context,
                               const std::string& listed_key,
                               std::chrono::milliseconds timeout);

}  // namespace geod::streams
