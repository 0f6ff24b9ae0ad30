#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/bounded_queue.hpp"
#include "core/estimate.hpp"
#include "core/fibre_detection.hpp"
#include "core/pick.hpp"
#include "core/time.hpp"

namespace geod {

/// A pick of an aperture of a fibre.
struct CommittedFibrePick {
  std::string detection_id;
  std::string fibre_id;
  FibrePick pick;
};

/// How far an instrument or a fibre was looked at.
struct LookedAt {
  std::string stream;  ///< InstrumentId in print, or the fibre's id
  StationId station;   ///< of an instrument
  bool is_fibre = false;
  Time to;
};

/// What one transaction put on disk that the association needs.
struct CommittedRows {
  std::vector<Pick> picks;
  std::vector<Estimate> estimates;
  std::vector<CommittedFibrePick> fibre_picks;
  std::vector<LookedAt> looked_at;
  std::size_t fibre_places = 0;  ///< changes of where fibres lie; they are read from the store

  std::size_t size() const {
    return picks.size() + estimates.size() + fibre_picks.size() + looked_at.size() + fibre_places;
  }
};

/// From geod-sink to geod-assoc: rows that are on disk. It never makes the sink wait: when too much
/// waits all of it is dropped and marked as overrun, and geod-assoc reads it from the store.
class AssociationFeed {
 public:
  /// `limit` in rows.
  explicit AssociationFeed(std::size_t limit);

  /// Thread: geod-sink, as the next three.
  void give(CommittedRows rows);
  /// So many changes of events are on disk, or were refused for good.
  void acknowledge(std::size_t changes) { acknowledged_.fetch_add(changes); }
  /// Nothing more comes.
  void close() { queue_.close(); }
  /// Nothing more comes, and nothing more is taken.
  void abandon();

  /// Thread: geod-assoc, as all below.
  std::optional<CommittedRows> take_until(std::chrono::steady_clock::time_point deadline) {
    return queue_.pop_until(deadline);
  }
  bool is_drained() const { return queue_.is_drained(); }
  bool is_abandoned() const { return is_abandoned_.load(); }
  /// Whether rows were dropped since it was asked last.
  bool take_overrun() { return is_overrun_.exchange(false); }
  std::uint64_t acknowledged() const { return acknowledged_.load(); }
  std::uint64_t overruns() const { return overruns_.load(); }

 private:
  std::atomic<bool> is_overrun_{false};
  std::atomic<bool> is_abandoned_{false};
  std::atomic<std::uint64_t> acknowledged_{0};
  std::atomic<std::uint64_t> overruns_{0};
  BoundedQueue<CommittedRows> queue_;
};

}  // namespace geod
