#include "streams/replay.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "core/log.hpp"
#include "streams/merged_records.hpp"

namespace geod::streams {
namespace {

constexpr std::size_t kMaxRecordsPerMessage = 64;
constexpr std::chrono::milliseconds kProgressInterval{250};
constexpr std::chrono::milliseconds kLongestSleep{50};

using Phase = ReplayProgress::Phase;

/// One replay from first scan to last message.
class Replayer {
 public:
  Replayer(const ReplayOptions& options,
           const Clock& clock,
           const std::function<void(const ReplayProgress&)>& progress,
           std::stop_token stop)
      : options_(options),
        clock_(clock),
        progress_(progress),
        stop_(std::move(stop)),
        next_report_(clock.steady_now()) {}

  Result<ReplayProgress> run() {
    auto records = scan();
    if (!records) {
      return tl::unexpected(std::move(records.error()));
    }
    if (auto connected = connect(); !connected) {
      return tl::unexpected(std::move(connected.error()));
    }
    if (auto sent = send_all(*records); !sent) {
      return tl::unexpected(std::move(sent.error()));
    }
    enter(Phase::kDraining);
    auto finished = publisher_->finish("end of files", options_.drain_patience, stop_);
    if (!finished) {
      return tl::unexpected(std::move(finished.error()));
    }
    state_.elapsed = clock_.steady_now() - start_;
    enter(Phase::kDone);
    return state_;
  }

 private:
  void enter(Phase phase) {
    state_.phase = phase;
    progress_(state_);
  }
  void report() {
    const auto now = clock_.steady_now();
    if (now >= next_report_) {
      next_report_ = now + kProgressInterval;
      progress_(state_);
    }
  }

  Result<MergedRecords> scan() {
    auto records = MergedRecords::open(options_.paths);
    if (!records) {
      return records;
    }
    state_.files_total = records->paths().size();
    enter(Phase::kScanning);
    const auto refuse = [this](const Rejection& rejection) { this->refuse(rejection); };
    while (const auto scanned = records->scan_next(refuse)) {
      if (stop_.stop_requested()) {
        return fail(Errc::kCancelled, "stopped while scanning the files");
      }
      if (!*scanned) {
        return tl::unexpected(scanned->error());
      }
      ++state_.files;
      report();
    }
    if (records->records() == 0) {
      return fail(Errc::kCorruptRecord,
                  "no miniSEED record in {} file(s){}{}",
                  state_.files_total,
                  options_.paths.empty() ? "" : ": ",
                  options_.paths.empty() ? "" : options_.paths.front());
    }
    state_.records_total = records->records();
    state_.first_end = records->first_end();
    state_.data_time = state_.first_end;
    return records;
  }

  Result<void> connect() {
    enter(Phase::kConnecting);
    auto publisher = WirePublisher::open(options_.publisher, clock_);
    if (!publisher) {
      return tl::unexpected(std::move(publisher.error()));
    }
    publisher_ = std::move(*publisher);
    return publisher_->wait_for_receiver(options_.patience, stop_);
  }

  Result<void> send_all(MergedRecords& records) {
    enter(Phase::kSending);
    start_ = clock_.steady_now();
    const ReplaySchedule schedule(state_.first_end, options_.speed, start_);
    while (const auto merged = records.next()) {
      if (!*merged) {
        refuse(merged->error());
        continue;
      }
      const MergedRecord& record = **merged;
      const auto due = schedule.due(record.key.end);
      if (due > clock_.steady_now()) {
        if (auto paused = pause_until(due); !paused) {
          return paused;
        }
      }
      bundle_.insert(bundle_.end(), record.bytes.begin(), record.bytes.end());
      ++bundled_;
      state_.data_time = record.key.end;
      if (bundled_ == options_.records_per_message) {
        if (auto sent = send_bundle(); !sent) {
          return sent;
        }
      }
    }
    return send_bundle();
  }

  /// Sends what has been due, then sleeps in short steps, beating.
  Result<void> pause_until(std::chrono::steady_clock::time_point due) {
    if (auto sent = send_bundle(); !sent) {
      return sent;
    }
    for (auto now = clock_.steady_now(); now < due; now = clock_.steady_now()) {
      if (stop_.stop_requested()) {
        return fail(Errc::kCancelled, "stopped");
      }
      if (auto beaten = publisher_->beat_if_due(); !beaten) {
        return beaten;
      }
      report();
      std::this_thread::sleep_for(std::min<Duration>(due - now, kLongestSleep));
    }
    return {};
  }

  Result<void> send_bundle() {
    if (bundled_ == 0) {
      return {};
    }
    if (auto sent = publisher_->send_records(bundle_, stop_, [this] { report(); }); !sent) {
      return sent;
    }
    state_.records += bundled_;
    state_.bytes += bundle_.size();
    state_.messages = publisher_->messages();
    state_.elapsed = clock_.steady_now() - start_;
    bundle_.clear();
    bundled_ = 0;
    report();
    return publisher_->beat_if_due();
  }

  void refuse(const Rejection& rejection) {
    ++state_.rejected;
    std::uint64_t held_back = 0;
    if (log_limit_.allow(
            std::string(to_string(rejection.reason)), clock_.steady_now(), &held_back)) {
      spdlog::warn("replay refused_record={} held_back={} what=\"{}\"",
                   to_string(rejection.reason),
                   held_back,
                   rejection.what);
    }
  }

  const ReplayOptions& options_;
  const Clock& clock_;
  const std::function<void(const ReplayProgress&)>& progress_;
  const std::stop_token stop_;
  log::RateLimit log_limit_;
  ReplayProgress state_;
  std::chrono::steady_clock::time_point next_report_;
  std::chrono::steady_clock::time_point start_;
  std::unique_ptr<WirePublisher> publisher_;
  std::vector<std::byte> bundle_;
  std::size_t bundled_ = 0;
};

}  // namespace

ReplaySchedule::SteadyTime ReplaySchedule::due(Time end) const {
  if (speed_ == 0.0) {
    return start_;
  }
  constexpr std::chrono::duration<double, std::nano> kNever = std::chrono::hours{24 * 365 * 100};
  const std::chrono::duration<double, std::nano> span = end - first_end_;
  return start_ + std::chrono::duration_cast<Duration>(std::min(span / speed_, kNever));
}

Result<ReplayProgress> replay(const ReplayOptions& options,
                              const Clock& clock,
                              const std::function<void(const ReplayProgress&)>& progress,
                              std::stop_token stop) {
  if (!(options.speed >= 0.0 && options.speed <= 1e9)) {
    return fail(
        Errc::kConfig, "speed {} is not between 0 (as fast as possible) and 1e9", options.speed);
  }
  if (options.records_per_message < 1 || options.records_per_message > kMaxRecordsPerMessage) {
    return fail(Errc::kConfig,
                "{} records a message; 1 to {} are possible",
                options.records_per_message,
                kMaxRecordsPerMessage);
  }
  return Replayer(options, clock, progress, std::move(stop)).run();
}

}  // namespace geod::streams
