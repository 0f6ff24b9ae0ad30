#include "daemon/signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace geod {

SignalFd::SignalFd() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&signals, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  fd_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  GEOD_CHECK(fd_ >= 0, "signalfd");
}

SignalFd::~SignalFd() {
  ::close(fd_);
}

std::optional<int> SignalFd::next() {
  signalfd_siginfo info{};
  if (::read(fd_, &info, sizeof info) != sizeof info) {
    return std::nullopt;
  }
  return static_cast<int>(info.ssi_signo);
}

std::optional<int> SignalFd::wait(std::chrono::milliseconds timeout) {
  pollfd wanted{fd_, POLLIN, 0};
  ::poll(&wanted, 1, static_cast<int>(timeout.count()));
  return next();
}

}  // namespace geod
