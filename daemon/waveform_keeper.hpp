#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "core/bounded_queue.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"
#include "daemon/stats.hpp"
#include "streams/sds_archive.hpp"
#include "streams/waveform_ring.hpp"

namespace geod {

/// A window of an instrument that is to be kept on disk.
struct WaveformWindow {
  InstrumentId instrument;
  Time from;
  Time to;
};

/// The thread geod-archive: writes windows of waveforms from the ring into the SDS tree. Sole user
/// of the archive.
///
/// A thread of its own, as writing may wait for the disk: geod-io must go on taking samples
/// meanwhile, geod-sink storing picks, and neither has to know when the end of a window has come. A
/// disk that is full or broken is told once and counted until it works again; picks never wait.
class WaveformKeeper {
 public:
  static constexpr std::size_t kMostWaiting = 100'000;

  /// The tree is opened by run, and again while it cannot be. `ring` and `stats` outlive this.
  WaveformKeeper(const streams::WaveformRing& ring,
                 std::filesystem::path root,
                 std::uint64_t quota_bytes,
                 DaemonStats& stats);

  /// Asks for a window; it is written when its samples have come, or none come any more. Returns at
  /// once; with kMostWaiting windows not yet taken the oldest is lost and counted. Thread: any.
  void keep(WaveformWindow window);

  /// No window will be asked for any more. Thread: any.
  void close() { asked_.close(); }

  /// Writes until closed, then what is there of all that waits. Thread: geod-archive.
  Result<void> run();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Waiting {
    WaveformWindow window;
    /// When it is written even if nothing more came; set when it is first looked at.
    std::optional<SteadyTime> deadline;
  };

  void take(SteadyTime until);
  void open(SteadyTime now);
  bool is_due(Waiting& waiting, SteadyTime now) const;
  void write(const WaveformWindow& window);
  void tell(const Error& error);

  const streams::WaveformRing& ring_;
  const std::filesystem::path root_;
  const std::uint64_t quota_bytes_;
  DaemonStats& stats_;
  std::optional<streams::SdsArchive> archive_;
  SteadyTime next_open_{};
  BoundedQueue<WaveformWindow> asked_;
  std::vector<Waiting> waiting_;
  bool is_failing_ = false;
  log::RateLimit log_limit_;
};

}  // namespace geod
