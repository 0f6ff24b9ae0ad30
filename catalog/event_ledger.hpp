#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/origin.hpp"

namespace geod::catalog {

enum class EventStatus : std::uint8_t {
  kPreliminary,  ///< first told
  kUpdated,
  kFinal,      ///< no wave of it can still come; a backfilled pick may open it again
  kWithdrawn,  ///< told, but no event after all, or merged into another
};
constexpr std::string_view to_string(EventStatus status) {
  constexpr std::array<std::string_view, 4> kNames{"preliminary", "updated", "final", "withdrawn"};
  return kNames[static_cast<std::size_t>(status)];
}

/// How an event was found.
enum class EventKind : std::uint8_t {
  kNetwork,      ///< by enough stations
  kFewStations,  ///< by one to three, with back-azimuth, distance or S minus P: honestly wide
};

/// An event as it was told: what the store keeps as one version.
struct EventVersion {
  std::string event_id;  ///< 16 hex digits, given once
  int version = 1;       ///< ascending from 1
  EventStatus status = EventStatus::kPreliminary;
  EventKind kind = EventKind::kNetwork;
  Origin origin;
  std::vector<OriginArrival> arrivals;  ///< ascending in distance, then phase
  double log_odds = 0.0;                ///< that it is an event and not clutter
};

/// A new version, and what became of others by it.
struct EventChange {
  EventVersion event;
  std::string split_from;   ///< id of the event that had most of its picks, at its first version
  std::string merged_into;  ///< id of the event that has most of its picks now, when withdrawn
};

/// Gives ids to the events that stand, by the picks they share with those told before, and tells
/// what changed. An id is never given twice and never changes.
/// Thread: confined to one.
class EventLedger {
 public:
  /// An event that stands now, without an id.
  struct Standing {
    EventKind kind = EventKind::kNetwork;
    Origin origin;
    std::vector<OriginArrival> arrivals;
    double log_odds = 0.0;
    bool is_final = false;
  };

  /// Events after `since` as they are; those told before and not among them are withdrawn.
  /// Those that are the very objects of the comparison before cost nothing.
  std::vector<EventChange> compare(const std::vector<std::shared_ptr<const Standing>>& standing,
                                   Time since);

  void recall(std::span<const EventVersion> known);

  /// Events before `time` can change no more and are forgotten.
  void forget_before(Time time);

 private:
  using Settled = std::map<std::shared_ptr<const Standing>, std::string>;

  std::string new_id(const std::vector<OriginArrival>& arrivals) const;
  EventVersion next_version(const std::string& id, bool is_new, const Standing& now) const;

  std::map<std::string, EventVersion, std::less<>> told_;
  Settled settled_;  ///< ids of what stood at the last comparison
};

}  // namespace geod::catalog
