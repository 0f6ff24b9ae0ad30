#pragma once

#include <chrono>
#include <optional>

#include "core/error.hpp"

namespace geod {

/// SIGTERM, SIGINT and SIGHUP as a readable file descriptor. Construct in main before any thread is
/// started, so that every thread inherits the blocked mask.
class SignalFd {
 public:
  SignalFd();
  ~SignalFd();
  SignalFd(const SignalFd&) = delete;
  SignalFd& operator=(const SignalFd&) = delete;

  int fd() const { return fd_; }

  /// The next signal that arrived, or nothing. Never blocks.
  std::optional<int> next();

  /// As next, but waits up to `timeout` for one.
  std::optional<int> wait(std::chrono::milliseconds timeout);

 private:
  int fd_;
};

}  // namespace geod
