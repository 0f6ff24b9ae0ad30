#include "daemon/sd_notify.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace geod {
namespace {

std::optional<std::int64_t> environment_number(const char* name) {
  const char* text = std::getenv(name);
  std::int64_t value = 0;
  if (text == nullptr) {
    return std::nullopt;
  }
  const char* last = text + std::strlen(text);
  const auto [end, status] = std::from_chars(text, last, value);
  return status == std::errc{} && end == last ? std::optional(value) : std::nullopt;
}

}  // namespace

SdNotify SdNotify::from_environment() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  const auto interval_us = environment_number("WATCHDOG_USEC");
  const auto watched_pid = environment_number("WATCHDOG_PID");
  const bool is_watched = interval_us.value_or(0) > 0 && watched_pid.value_or(getpid()) == getpid();
  return SdNotify(
      path == nullptr ? "" : path,
      is_watched ? std::optional(std::chrono::microseconds(*interval_us)) : std::nullopt);
}

SdNotify::SdNotify(std::string socket_path,
                   std::optional<std::chrono::microseconds> watchdog_interval)
    : socket_path_(std::move(socket_path)), watchdog_interval_(watchdog_interval) {
  const bool usable = socket_path_.size() > 1 &&
                      (socket_path_[0] == '/' || socket_path_[0] == '@') &&
                      socket_path_.size() < sizeof(sockaddr_un::sun_path);
  if (usable) {
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  }
}

SdNotify::~SdNotify() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

SdNotify::SdNotify(SdNotify&& other) noexcept
    : socket_path_(std::move(other.socket_path_)),
      watchdog_interval_(other.watchdog_interval_),
      fd_(std::exchange(other.fd_, -1)) {}

void SdNotify::ready() {
  send("READY=1");
}

void SdNotify::reloading() {
  send("RELOADING=1");
}

void SdNotify::stopping() {
  send("STOPPING=1");
}

void SdNotify::status(std::string_view text) {
  std::string message = "STATUS=" + std::string(text);
  std::replace(message.begin(), message.end(), '\n', ' ');  // a line break starts the next variable
  send(message);
}

void SdNotify::watchdog() {
  send("WATCHDOG=1");
}

void SdNotify::extend_timeout(std::chrono::microseconds time) {
  send(fmt::format("EXTEND_TIMEOUT_USEC={}", time.count()));
}

void SdNotify::send(std::string_view message) {
  if (fd_ < 0) {
    return;
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
  if (address.sun_path[0] == '@') {
    address.sun_path[0] = '\0';
  }
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_path_.size());
  ::sendto(fd_,
           message.data(),
           message.size(),
           MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address),
           length);
}

}  // namespace geod
