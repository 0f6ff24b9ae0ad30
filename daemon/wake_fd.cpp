#include "daemon/wake_fd.hpp"

#include <cstdint>

#include <sys/eventfd.h>
#include <unistd.h>

#include "core/error.hpp"

namespace geod {

WakeFd::WakeFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  GEOD_CHECK(fd_ >= 0, "the process has no descriptor left");
}

WakeFd::~WakeFd() {
  ::close(fd_);
}

void WakeFd::wake() {
  const std::uint64_t one = 1;
  // Fails only when the counter is full: then the descriptor is readable already.
  [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof one);
}

void WakeFd::clear() {
  std::uint64_t count = 0;
  // Fails only when nobody woke: then it is unreadable already.
  [[maybe_unused]] const ssize_t got = ::read(fd_, &count, sizeof count);
}

}  // namespace geod
