#include "catalog/event_ledger.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace geod::catalog {
namespace {

std::uint64_t fnv1a(std::string_view text, std::uint64_t hash) {
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return hash;
}

bool same_picks(const std::vector<OriginArrival>& a, const std::vector<OriginArrival>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.pick_id == y.pick_id;
  });
}

bool is_same(const EventVersion& told, const EventLedger::Standing& now) {
  return told.kind == now.kind && told.origin.time == now.origin.time &&
         told.origin.latitude_deg == now.origin.latitude_deg &&
         told.origin.longitude_deg == now.origin.longitude_deg &&
         told.origin.depth_km == now.origin.depth_km && same_picks(told.arrivals, now.arrivals) &&
         (told.status == EventStatus::kFinal) == now.is_final &&
         told.status != EventStatus::kWithdrawn;
}

}  // namespace

/// Picks that an event told before and one that stands now have in common.
struct EventLedger::Kinship {
  std::size_t shared = 0;
  std::string id;
  std::size_t standing = 0;
};

/// Which of the events told before those are that stand now.
struct EventLedger::Matching {
  std::vector<std::string> id_of;            ///< empty: none of them
  std::vector<std::string> parent_of;        ///< of a new one, whose picks it has; empty: nobody's
  std::set<std::string, std::less<>> taken;  ///< ids of told events that stand
  std::vector<Kinship> kin;                  ///< the closest first
};

std::string EventLedger::new_id(const std::vector<OriginArrival>& arrivals) const {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const OriginArrival& arrival : arrivals) {
    hash = fnv1a(arrival.pick_id, hash);
  }
  while (told_.contains(fmt::format("{:016x}", hash))) {
    hash = fnv1a("again", hash);
  }
  return fmt::format("{:016x}", hash);
}

EventVersion EventLedger::next_version(const std::string& id,
                                       bool is_new,
                                       const Standing& now) const {
  EventVersion version;
  version.event_id = id;
  version.version = is_new ? 1 : told_.find(id)->second.version + 1;
  version.status = now.is_final ? EventStatus::kFinal
                   : is_new     ? EventStatus::kPreliminary
                                : EventStatus::kUpdated;
  version.kind = now.kind;
  version.origin = now.origin;
  version.arrivals = now.arrivals;
  version.log_odds = now.log_odds;
  return version;
}

std::vector<EventLedger::Kinship> EventLedger::kin_of(const Stand& standing,
                                                      const Matching& settled) const {
  std::map<std::string_view, std::size_t> standing_of;  // of each pick
  for (std::size_t i = 0; i < standing.size(); ++i) {
    if (settled.id_of[i].empty()) {
      for (const OriginArrival& arrival : standing[i]->arrivals) {
        standing_of.emplace(arrival.pick_id, i);
      }
    }
  }
  std::vector<Kinship> kin;
  for (const auto& [id, event] : told_) {
    if (settled.taken.contains(id)) {
      continue;
    }
    std::map<std::size_t, std::size_t> shared;
    for (const OriginArrival& arrival : event.arrivals) {
      if (const auto found = standing_of.find(arrival.pick_id); found != standing_of.end()) {
        ++shared[found->second];
      }
    }
    for (const auto& [index, count] : shared) {
      kin.push_back({count, id, index});
    }
  }
  std::sort(kin.begin(), kin.end(), [](const Kinship& a, const Kinship& b) {
    return std::tie(b.shared, a.id, a.standing) < std::tie(a.shared, b.id, b.standing);
  });
  return kin;
}

EventLedger::Matching EventLedger::match(const Stand& standing) const {
  Matching matching{
      std::vector<std::string>(standing.size()), std::vector<std::string>(standing.size()), {}, {}};
  for (std::size_t i = 0; i < standing.size(); ++i) {
    const auto before = settled_.find(standing[i]);
    if (before != settled_.end() && told_.contains(before->second)) {
      matching.id_of[i] = before->second;
      matching.taken.insert(before->second);
    }
  }
  matching.kin = kin_of(standing, matching);
  for (const Kinship& each : matching.kin) {
    std::string& id = matching.id_of[each.standing];
    std::string& parent = matching.parent_of[each.standing];
    if (id.empty() && matching.taken.insert(each.id).second) {
      id = each.id;
    } else if (id.empty() && parent.empty()) {
      parent = each.id;
    }
  }
  return matching;
}

void EventLedger::tell(const Stand& standing,
                       Matching& matching,
                       std::vector<EventChange>& changes) {
  Settled settled;
  for (std::size_t i = 0; i < standing.size(); ++i) {
    std::string& id = matching.id_of[i];
    const bool is_new = id.empty();
    if (is_new) {
      id = new_id(standing[i]->arrivals);
      matching.taken.insert(id);
    }
    settled.emplace(standing[i], id);
    if (!is_new && is_same(told_.find(id)->second, *standing[i])) {
      continue;
    }
    EventVersion version = next_version(id, is_new, *standing[i]);
    told_[id] = version;
    changes.push_back({std::move(version), is_new ? matching.parent_of[i] : std::string{}, {}});
  }
  settled_ = std::move(settled);
}

void EventLedger::withdraw(const Matching& matching,
                           Time since,
                           std::vector<EventChange>& changes) {
  for (auto& [id, event] : told_) {
    if (matching.taken.contains(id) || event.status == EventStatus::kWithdrawn ||
        event.origin.time < since) {
      continue;
    }
    const auto taker = std::find_if(matching.kin.begin(),
                                    matching.kin.end(),
                                    [&id = id](const Kinship& each) { return each.id == id; });
    ++event.version;
    event.status = EventStatus::kWithdrawn;
    const bool is_merged =
        taker != matching.kin.end() && 2 * taker->shared >= event.arrivals.size();
    changes.push_back({event, {}, is_merged ? matching.id_of[taker->standing] : std::string{}});
  }
}

std::vector<EventChange> EventLedger::compare(const Stand& standing, Time since) {
  Matching matching = match(standing);
  std::vector<EventChange> changes;
  tell(standing, matching, changes);
  withdraw(matching, since, changes);
  return changes;
}

void EventLedger::recall(std::span<const EventVersion> known) {
  for (const EventVersion& event : known) {
    told_[event.event_id] = event;
  }
}

void EventLedger::forget_before(Time time) {
  std::erase_if(told_, [time](const auto& entry) { return entry.second.origin.time < time; });
}

}  // namespace geod::catalog
