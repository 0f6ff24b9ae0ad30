#include "daemon/progress_line.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace geod {

ProgressLine::ProgressLine(std::string things, std::int64_t total)
    : things_(std::move(things)), total_(total), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (terminal_) {
    fmt::print(stderr, "\r\033[K");
  }
}

void ProgressLine::show(std::int64_t done) {
  constexpr std::int64_t kPlainLines = 10;
  if (!terminal_ && done * kPlainLines / total_ == shown_) {
    return;
  }
  shown_ = done * kPlainLines / total_;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin_;
  const double rate = static_cast<double>(done) / std::max(1e-3, elapsed.count());
  fmt::print(stderr,
             "{}{} {}/{}, {:.1f} {}s/s, {:.0f} s left{}",
             terminal_ ? "\r\033[K" : "",
             things_,
             done,
             total_,
             rate,
             things_,
             static_cast<double>(total_ - done) / std::max(1e-9, rate),
             terminal_ ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace geod
