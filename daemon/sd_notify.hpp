#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace geod {

/// Messages to systemd (sd_notify(3)): one datagram each to the socket that $NOTIFY_SOCKET names.
/// Without that variable every message is dropped, so the daemon runs the same in a terminal. A
/// message that cannot be delivered is lost: systemd's own time-outs are the remedy.
/// Thread: any, one at a time.
class SdNotify {
 public:
  /// Reads $NOTIFY_SOCKET ("/path" or "@abstract") and $WATCHDOG_USEC, which counts only when
  /// $WATCHDOG_PID is unset or this process.
  static SdNotify from_environment();

  /// `socket_path` as $NOTIFY_SOCKET; empty: drop every message.
  explicit SdNotify(std::string socket_path,
                    std::optional<std::chrono::microseconds> watchdog_interval = std::nullopt);
  ~SdNotify();
  SdNotify(SdNotify&& other) noexcept;
  SdNotify(const SdNotify&) = delete;
  SdNotify& operator=(const SdNotify&) = delete;
  SdNotify& operator=(SdNotify&&) = delete;

  /// Start-up is over: models loaded, database migrated, sockets bound.
  void ready();
  /// SIGHUP is being served; `ready` ends it.
  void reloading();
  void stopping();
  /// One line for `systemctl status`; line breaks become spaces.
  void status(std::string_view text);
  /// Pets the watchdog: only on the word of Watchdog::is_due.
  void watchdog();
  /// Starting or stopping goes on for at least `time` from now.
  void extend_timeout(std::chrono::microseconds time);

  /// WatchdogSec of the unit, if it has one.
  std::optional<std::chrono::microseconds> watchdog_interval() const { return watchdog_interval_; }

 private:
  void send(std::string_view message);

  std::string socket_path_;
  std::optional<std::chrono::microseconds> watchdog_interval_;
  int fd_ = -1;
};

}  // namespace geod
