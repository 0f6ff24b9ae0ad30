#include "daemon/sink_worker.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kIdleBeat = 250ms;
constexpr auto kRetryFirst = 100ms;
constexpr auto kRetryLongest = 2s;

bool heals_by_waiting(Errc code) {
  return code == Errc::kStorageBusy || code == Errc::kStorageFull || code == Errc::kIo;
}

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace

SinkWorker::SinkWorker(storage::Store& store,
                       const config::StorageConfig& config,
                       BoundedQueue<SinkItem>& queue,
                       DaemonStats& stats,
                       AssociationFeed* association,
                       std::function<void()> on_commit)
    : store_(store),
      config_(config),
      queue_(queue),
      stats_(stats),
      association_(association),
      on_commit_(std::move(on_commit)) {}

Result<void> SinkWorker::run(std::stop_token give_up) {
  while (!queue_.is_drained()) {
    take_batch();
    if (batch_.rows() > 0) {
      if (auto done = commit_until_done(give_up); !done) {
        return done;
      }
      batch_.clear();
      completed_at_.clear();
      detection_completed_at_.clear();
    }
    if (picks_ended_ && association_ != nullptr) {
      association_->close();
    }
    if (const auto maintained = store_.maintain(); !maintained) {
      if (log_limit_.allow("maintain", SteadyClock::now())) {
        spdlog::warn("msg=\"checkpoint failed, tried again after the next commit\" reason=\"{}\"",
                     maintained.error().what);
      }
    }
    stats_.sink_beats.fetch_add(1, std::memory_order_relaxed);
  }
  return {};
}

void SinkWorker::take_batch() {
  auto first = queue_.pop_until(SteadyClock::now() + kIdleBeat);
  if (!first) {
    return;
  }
  add(std::move(*first));
  const auto deadline = SteadyClock::now() + config_.max_batch_delay;
  while (batch_.rows() < config_.max_batch_rows) {
    auto next = queue_.pop_until(deadline);
    if (!next) {
      return;
    }
    add(std::move(*next));
  }
}

void SinkWorker::add(SinkItem item) {
  std::visit(
      Overloaded{
          [&](Pick&& pick) {
            completed_at_.push_back(pick.completed_at);
            batch_.picks.push_back(std::move(pick));
          },
          [&](Estimate&& estimate) { batch_.estimates.push_back(std::move(estimate)); },
          [&](StationLocation&& location) {
            batch_.station_locations.push_back(std::move(location));
          },
          [&](ShadowPick&& shadow) { batch_.shadow_picks.push_back(std::move(shadow.pick)); },
          [&](ShadowEstimate&& shadow) {
            batch_.shadow_estimates.push_back(std::move(shadow.estimate));
          },
          [&](AdapterRecord&& record) { put_on_record(record); },
          [&](AdapterEvent&& event) { batch_.adapter_events.push_back(std::move(event)); },
          [&](CompletenessDelta&& delta) { batch_.completeness.push_back(std::move(delta)); },
          [&](ContinuityEvent&& event) { batch_.continuity.push_back(std::move(event)); },
          [&](ChannelInfo&& channel) { batch_.channels.push_back(std::move(channel)); },
          [&](FibreDetection&& detection) {
            detection_completed_at_.push_back(detection.completed_at);
            batch_.detections.push_back(std::move(detection));
          },
          [&](FibreGeometryChange&& change) {
            batch_.fibre_geometries.push_back(std::move(change));
          },
          [&](FibrePlacesChange&& change) { batch_.fibre_places.push_back(std::move(change)); },
          [&](FibreGap&& gap) { batch_.fibre_gaps.push_back(std::move(gap)); },
          [&](FibreCompleteness&& completeness) {
            batch_.fibre_completeness.push_back(std::move(completeness));
          },
          [&](EventChange&& change) { batch_.event_changes.push_back(std::move(change)); },
          [&](EndOfPicks&&) { picks_ended_ = true; },
          [&](Cursor&& cursor) { batch_.cursors.push_back(std::move(cursor)); }},
      std::move(item));
}

/// Its rows do not need it: the store makes a record without the manifest where there is none.
void SinkWorker::put_on_record(const AdapterRecord& record) {
  const auto done = store_.record_adapter(
      record.task, record.adapter_id, record.adapter_hash, record.manifest_json);
  if (!done && log_limit_.allow("record", SteadyClock::now())) {
    spdlog::warn("msg=\"the manifest of an adapter was not stored\" adapter={} reason=\"{}\"",
                 record.adapter_id,
                 done.error().what);
  }
}

Result<void> SinkWorker::commit_until_done(std::stop_token give_up) {
  std::chrono::milliseconds wait = kRetryFirst;
  while (true) {
    const auto begin = SteadyClock::now();
    const auto committed = store_.commit(batch_);
    if (committed) {
      stats_.commit_time.add(SteadyClock::now() - begin);
      if (stats_.storage_failing.exchange(false)) {
        spdlog::info("msg=\"the store takes writes again\" rows={}", batch_.rows());
      }
      count(*committed);
      hand_over(*committed);
      on_commit_();
      return {};
    }
    const Error& error = committed.error();
    if (!heals_by_waiting(error.code) || give_up.stop_requested()) {
      return fail_with(error, fmt::format("{} rows were not stored", batch_.rows()));
    }
    stats_.storage_failing.store(true);
    if (log_limit_.allow("commit", SteadyClock::now())) {
      spdlog::error(
          "msg=\"the store refuses writes; rows are held and tried again\" code={} reason=\"{}\"",
          to_string(error.code),
          error.what);
    }
    // The stop token has no descriptor to wait on: short sleeps keep both the stop and the
    // watchdog's beat prompt.
    const auto until = SteadyClock::now() + wait;
    while (SteadyClock::now() < until && !give_up.stop_requested()) {
      stats_.sink_beats.fetch_add(1, std::memory_order_relaxed);
      std::this_thread::sleep_for(50ms);
    }
    wait = std::min<std::chrono::milliseconds>(wait * 2, kRetryLongest);
  }
}

void SinkWorker::count(const storage::Committed& committed) {
  const auto now = SteadyClock::now();
  const Time wall_now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  stats_.commits.fetch_add(1, std::memory_order_relaxed);
  stats_.last_commit_ns.store(now.time_since_epoch().count());
  for (std::size_t i = 0; i < committed.picks.size(); ++i) {
    switch (committed.picks[i]) {
      case storage::RowOutcome::kInserted:
        stats_.picks_stored.fetch_add(1, std::memory_order_relaxed);
        stats_.pick_latency.add(now - completed_at_[i]);
        count_delay(wall_now - batch_.picks[i].time);
        keep_window(batch_.picks[i]);
        break;
      case storage::RowOutcome::kAlreadyThere:
        stats_.picks_already_there.fetch_add(1, std::memory_order_relaxed);
        keep_window(batch_.picks[i]);  // its end may have been lost with the process
        break;
      case storage::RowOutcome::kRefused:
        break;
    }
  }
  for (std::size_t i = 0; i < committed.estimates.size(); ++i) {
    const std::size_t task = batch_.estimates[i].value.index();
    if (committed.estimates[i] == storage::RowOutcome::kInserted) {
      stats_.estimates_stored[task].fetch_add(1, std::memory_order_relaxed);
    } else if (committed.estimates[i] == storage::RowOutcome::kRefused) {
      stats_.estimates_refused[task].fetch_add(1, std::memory_order_relaxed);
    }
  }
  for (const storage::RowOutcome outcome : committed.station_locations) {
    if (outcome == storage::RowOutcome::kInserted) {
      stats_.locations_stored.fetch_add(1, std::memory_order_relaxed);
    }
  }
  count_detections(committed, now);
  count_events(committed);
  stats_.rows_refused.fetch_add(committed.refused_rows, std::memory_order_relaxed);
  if (committed.refused_rows > 0 && log_limit_.allow("refused", now)) {
    spdlog::warn("msg=\"rows refused by the store\" rows={} first=\"{}\"",
                 committed.refused_rows,
                 committed.first_refusal);
  }
}

/// Of a replay, or of data that were sent again, the time since the pick says nothing.
void SinkWorker::count_delay(Duration delay) {
  constexpr Duration kLive = 10min;
  if (delay > Duration{} && delay < kLive) {
    stats_.pick_delay.add(delay);
  }
}

void SinkWorker::count_events(const storage::Committed& committed) {
  for (const storage::RowOutcome outcome : committed.event_changes) {
    auto& counter = outcome == storage::RowOutcome::kRefused ? stats_.association.versions_refused
                                                             : stats_.association.versions_stored;
    counter.fetch_add(1, std::memory_order_relaxed);
  }
}

/// What is new and on disk goes on to the association. It waits for nothing.
void SinkWorker::hand_over(const storage::Committed& committed) {
  if (association_ == nullptr) {
    return;
  }
  CommittedRows rows;
  const auto is_new = [](storage::RowOutcome outcome) {
    return outcome == storage::RowOutcome::kInserted;
  };
  for (std::size_t i = 0; i < committed.picks.size(); ++i) {
    if (is_new(committed.picks[i])) {
      rows.picks.push_back(batch_.picks[i]);
    }
  }
  for (std::size_t i = 0; i < committed.estimates.size(); ++i) {
    if (is_new(committed.estimates[i])) {
      rows.estimates.push_back(batch_.estimates[i]);
    }
  }
  for (std::size_t i = 0; i < committed.detections.size(); ++i) {
    const FibreDetection& detection = batch_.detections[i];
    for (const FibrePick& pick : detection.picks) {
      if (is_new(committed.detections[i])) {
        rows.fibre_picks.push_back({detection.detection_id, detection.fibre_id, pick});
      }
    }
  }
  for (const CompletenessDelta& delta : batch_.completeness) {
    rows.looked_at.push_back(
        {delta.instrument.to_string(), delta.instrument.station_id(), false, delta.to});
  }
  for (const FibreCompleteness& delta : batch_.fibre_completeness) {
    rows.looked_at.push_back({delta.fibre_id, {}, true, delta.to});
  }
  rows.fibre_places = batch_.fibre_places.size();
  association_->give(std::move(rows));
  association_->acknowledge(committed.event_changes.size());
}

void SinkWorker::keep_window(const Pick& pick) {
  if (keeper_ != nullptr) {
    keeper_->keep({pick.instrument,
                   pick.time - config_.waveforms.before_pick,
                   pick.time + config_.waveforms.after_pick});
  }
}

void SinkWorker::count_detections(const storage::Committed& committed, SteadyTime now) {
  for (std::size_t i = 0; i < committed.detections.size(); ++i) {
    switch (committed.detections[i]) {
      case storage::RowOutcome::kInserted:
        stats_.detections_stored.fetch_add(1, std::memory_order_relaxed);
        stats_.detection_latency.add(now - detection_completed_at_[i]);
        break;
      case storage::RowOutcome::kAlreadyThere:
        stats_.detections_already_there.fetch_add(1, std::memory_order_relaxed);
        break;
      case storage::RowOutcome::kRefused:
        stats_.detections_refused.fetch_add(1, std::memory_order_relaxed);
        break;
    }
  }
}

}  // namespace geod
