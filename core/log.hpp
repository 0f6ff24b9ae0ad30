#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include <spdlog/spdlog.h>

namespace geod::log {

/// Sets the format of the process-wide logger: `key=value` lines on stderr, with journald priority
/// prefixes `<N>` when systemd reads them (JOURNAL_STREAM is set). `level`: trace, debug, info,
/// warn, error. Call once, from main.
void init(std::string_view level);

/// Lets the first message of a key through, then one a minute with the number held back, so that a
/// broken peer cannot flood the log. One instance per thread or owner; not thread-safe.
class RateLimit {
 public:
  explicit RateLimit(std::chrono::seconds interval = std::chrono::seconds{60})
      : interval_(interval) {}

  /// True when a message for `key` may be written now. `held_back` receives how many were not.
  bool allow(const std::string& key,
             std::chrono::steady_clock::time_point now,
             std::uint64_t* held_back = nullptr);

 private:
  struct Entry {
    std::chrono::steady_clock::time_point next;
    std::uint64_t held_back = 0;
  };
  /// Keys come from outside (source ids, peers): the table is emptied when it reaches this.
  static constexpr std::size_t kMaxKeys = 4096;

  std::chrono::seconds interval_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace geod::log
