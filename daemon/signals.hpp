#pragma once

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

 private:
  int fd_;
};

}  // namespace geod
