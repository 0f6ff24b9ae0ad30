#include "daemon/waveform_keeper.hpp"

#include <algorithm>
#include <utility>

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

/// How often the ring is looked at.
constexpr auto kTick = 200ms;
/// Data time after the end of a window for records that come late or out of order.
constexpr Duration kLateRecords = 5s;
/// Beyond the time that the rest of a window takes, before it is written without its end.
constexpr auto kPatience = 30s;
/// Between attempts to open a tree that cannot be.
constexpr auto kOpenAgain = 10s;

}  // namespace

WaveformKeeper::WaveformKeeper(const streams::WaveformRing& ring,
                               std::filesystem::path root,
                               std::uint64_t quota_bytes,
                               DaemonStats& stats)
    : ring_(ring),
      root_(std::move(root)),
      quota_bytes_(quota_bytes),
      stats_(stats),
      asked_(kMostWaiting, WhenFull::kDropOldest) {}

void WaveformKeeper::open(SteadyTime now) {
  if (archive_ || now < next_open_) {
    return;
  }
  next_open_ = now + kOpenAgain;
  auto opened = streams::SdsArchive::open(root_, quota_bytes_);
  if (opened) {
    archive_ = std::move(*opened);
    stats_.waveforms.tree_bytes.store(archive_->bytes(), std::memory_order_relaxed);
  } else {
    tell(opened.error());
  }
}

void WaveformKeeper::keep(WaveformWindow window) {
  const auto pushed = asked_.push(std::move(window));
  stats_.waveforms.windows_lost.fetch_add(pushed.dropped.size(), std::memory_order_relaxed);
}

Result<void> WaveformKeeper::run() {
  open(SteadyClock::now());
  while (!asked_.is_drained()) {
    take(SteadyClock::now() + kTick);
    const auto now = SteadyClock::now();
    open(now);
    const auto due =
        std::stable_partition(waiting_.begin(), waiting_.end(), [this, now](Waiting& each) {
          return !is_due(each, now);
        });
    for (auto each = due; each != waiting_.end(); ++each) {
      write(each->window);
    }
    waiting_.erase(due, waiting_.end());
  }
  for (const Waiting& each : waiting_) {
    write(each.window);
  }
  waiting_.clear();
  return {};
}

/// All that was asked for until then; at once when nothing will be any more.
void WaveformKeeper::take(SteadyTime until) {
  while (auto window = asked_.pop_until(until)) {
    if (waiting_.size() >= kMostWaiting) {
      stats_.waveforms.windows_lost.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    waiting_.push_back({std::move(*window), std::nullopt});
  }
}

bool WaveformKeeper::is_due(Waiting& waiting, SteadyTime now) const {
  const Time wanted = waiting.window.to + kLateRecords;
  Duration missing{0};
  for (const SourceId& channel : ring_.channels_of(waiting.window.instrument)) {
    missing = std::max(missing, wanted - ring_.newest(channel).value_or(wanted));
  }
  if (missing == Duration{0}) {
    return true;
  }
  if (!waiting.deadline) {
    waiting.deadline = now + std::min<Duration>(missing, 1h) + kPatience;
  }
  return now >= *waiting.deadline;
}

void WaveformKeeper::write(const WaveformWindow& window) {
  const std::vector<SourceId> channels = ring_.channels_of(window.instrument);
  if (channels.empty()) {
    return;  // an instrument of the inventory that nobody sends
  }
  bool has_samples = false;
  bool has_failed = false;
  for (const SourceId& channel : channels) {
    const streams::SharedRecords records = ring_.records(channel, window.from, window.to);
    has_samples = has_samples || !records.empty();
    if (!archive_) {
      has_failed = true;
      continue;
    }
    const auto written = archive_->keep(channel, records, window.from, window.to);
    if (!written) {
      tell(written.error());
      has_failed = true;
    } else if (*written > 0) {
      stats_.waveforms.bytes_written.fetch_add(*written, std::memory_order_relaxed);
      if (std::exchange(is_failing_, false)) {
        spdlog::info("msg=\"waveforms are kept again\"");
      }
    }
  }
  auto& counter =
      has_samples && !has_failed ? stats_.waveforms.windows_kept : stats_.waveforms.windows_lost;
  counter.fetch_add(1, std::memory_order_relaxed);
  if (archive_) {
    stats_.waveforms.tree_bytes.store(archive_->bytes(), std::memory_order_relaxed);
  }
  stats_.waveforms.is_failing.store(is_failing_, std::memory_order_relaxed);
}

/// A disk that fails is told once, what cannot be written of a channel once a minute.
void WaveformKeeper::tell(const Error& error) {
  if (error.code == Errc::kStorageFull || error.code == Errc::kIo) {
    stats_.waveforms.is_failing.store(true, std::memory_order_relaxed);
    if (!std::exchange(is_failing_, true)) {
      spdlog::error(
          "msg=\"waveforms are not kept until this is mended; picks go on\" reason=\"{}\"",
          error.what);
    }
  } else if (log_limit_.allow(error.what, SteadyClock::now())) {
    spdlog::warn("msg=\"waveforms were not kept\" reason=\"{}\"", error.what);
  }
}

}  // namespace geod
