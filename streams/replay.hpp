#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "streams/wire_publisher.hpp"

namespace geod::streams {

struct ReplayOptions {
  std::vector<std::string> paths;  ///< miniSEED files and folders
  PublisherOptions publisher;
  double speed = 1.0;                    ///< times real time; 0: as fast as the receiver takes it
  std::size_t records_per_message = 32;  ///< at most, 1 to 64
  Duration patience = std::chrono::seconds{30};  ///< for the first receiver to appear
  Duration drain_patience =
      std::chrono::minutes{10};  ///< for the receiver to take the last messages
};

/// Where a replay stands.
struct ReplayProgress {
  enum class Phase { kScanning, kConnecting, kSending, kDraining, kDone };
  Phase phase = Phase::kScanning;
  std::uint64_t files = 0;
  std::uint64_t files_total = 0;
  std::uint64_t records = 0;  ///< sent
  std::uint64_t records_total = 0;
  std::uint64_t bytes = 0;
  std::uint64_t messages = 0;
  const char* items = "records";  ///< what is counted: "records", or "blocks" of a fibre
  std::uint64_t rejected = 0;     ///< records of the files that are no data or damaged
  Time first_end;                 ///< data time: end of the first record, and of the last one sent
  Time data_time;
  Duration elapsed{0};  ///< since the first message
};

/// When each record is due: N times as fast as its end times say, from the first one on.
class ReplaySchedule {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  /// `speed` 0: everything is due at once.
  ReplaySchedule(Time first_end, double speed, SteadyTime start)
      : first_end_(first_end), speed_(speed), start_(start) {}
  SteadyTime due(Time end) const;

 private:
  Time first_end_;
  double speed_;
  SteadyTime start_;
};

/// Publishes recorded miniSEED files as a live stream: all channels in order of their records' end
/// times, with sequence numbers, checksums, heartbeats and an `end/1`; returns when the receiver's
/// side has taken everything. Records that geod cannot read are logged, counted and left out.
///
/// `progress` is called a few times a second and once at the end.
/// Errors: kConfig (options), kNotFound, kIo, kCorruptRecord (no record in any file),
/// kDisconnected, kCancelled (stop requested; the receiver then sees a heartbeat's silence, not an
/// end).
Result<ReplayProgress> replay(const ReplayOptions& options,
                              const Clock& clock,
                              const std::function<void(const ReplayProgress&)>& progress,
                              std::stop_token stop);

}  // namespace geod::streams
