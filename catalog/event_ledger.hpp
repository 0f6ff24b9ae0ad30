#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/event.hpp"

namespace geod::catalog {

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

  using Stand = std::vector<std::shared_ptr<const Standing>>;

  /// Events after `since` as they are; those told before and not among them are withdrawn.
  /// Those that are the very objects of the comparison before cost nothing.
  std::vector<EventChange> compare(const Stand& standing, Time since);

  void recall(std::span<const EventVersion> known);

  /// Events before `time` can change no more and are forgotten.
  void forget_before(Time time);

 private:
  using Settled = std::map<std::shared_ptr<const Standing>, std::string>;

  struct Kinship;
  struct Matching;

  std::vector<Kinship> kin_of(const Stand& standing, const Matching& settled) const;
  Matching match(const Stand& standing) const;
  void tell(const Stand& standing, Matching& matching, std::vector<EventChange>& changes);
  void withdraw(const Matching& matching, Time since, std::vector<EventChange>& changes);
  std::string new_id(const std::vector<OriginArrival>& arrivals) const;
  EventVersion next_version(const std::string& id, bool is_new, const Standing& now) const;

  std::map<std::string, EventVersion, std::less<>> told_;
  Settled settled_;  ///< ids of what stood at the last comparison
};

}  // namespace geod::catalog
