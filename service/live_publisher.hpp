#pragma once

#include <memory>
#include <string>

#include "core/error.hpp"
#include "service/live_message.hpp"

namespace geod::service {

/// The live feed as ZeroMQ PUB: two frames a message, its type ("pick", "detection", "event",
/// "review", "heartbeat") and its JSON. Listeners that do not keep up lose messages; they see it by
/// `previous_key` and ask /live for what they missed.
///
/// Thread: made by any, then geod-http.
class LivePublisher {
 public:
  /// Binds. kConfig when the address is none, kIo when it cannot be had.
  static Result<std::unique_ptr<LivePublisher>> bind(const std::string& address);
  ~LivePublisher();

  /// Never blocks.
  void publish(const LiveMessage& message);
  /// Where the feed stands, so that a listener knows that it missed nothing.
  void heartbeat(const LiveCursor& position);

  /// As bound: the port where one was chosen.
  const std::string& address() const;

 private:
  struct Impl;
  explicit LivePublisher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace geod::service
