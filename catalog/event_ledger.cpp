#include "catalog/event_ledger.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace geod::catalog {
namespace {

/// Picks that an event told before and one that stands now have in common.
struct Kinship {
  std::size_t shared = 0;
  std::string id;
  std::size_t standing = 0;
};

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

std::vector<EventChange> EventLedger::compare(
    const std::vector<std::shared_ptr<const Standing>>& standing, Time since) {
  std::vector<std::string> id_of(standing.size());
  std::vector<std::string> parent_of(standing.size());
  std::set<std::string, std::less<>> taken;             // ids of told events that stand
  std::map<std::string_view, std::size_t> standing_of;  // of each pick
  for (std::size_t i = 0; i < standing.size(); ++i) {
    const auto before = settled_.find(standing[i]);
    if (before != settled_.end() && told_.contains(before->second)) {
      id_of[i] = before->second;
      taken.insert(before->second);
      continue;
    }
    for (const OriginArrival& arrival : standing[i]->arrivals) {
      standing_of.emplace(arrival.pick_id, i);
    }
  }
  std::vector<Kinship> kin;
  for (const auto& [id, event] : told_) {
    if (taken.contains(id)) {
      continue;
    }
    std::map<std::size_t, std::size_t> shared;
    for (const OriginArrival& arrival : event.arrivals) {
      const auto found = standing_of.find(arrival.pick_id);
      if (found != standing_of.end()) {
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
  for (const Kinship& each : kin) {
    if (id_of[each.standing].empty() && !taken.contains(each.id)) {
      id_of[each.standing] = each.id;
      taken.insert(each.id);
    } else if (id_of[each.standing].empty() && parent_of[each.standing].empty()) {
      parent_of[each.standing] = each.id;
    }
  }
  std::vector<EventChange> changes;
  Settled settled;
  for (std::size_t i = 0; i < standing.size(); ++i) {
    const bool is_new = id_of[i].empty();
    if (is_new) {
      id_of[i] = new_id(standing[i]->arrivals);
      taken.insert(id_of[i]);
    }
    settled.emplace(standing[i], id_of[i]);
    if (!is_new && is_same(told_.find(id_of[i])->second, *standing[i])) {
      continue;
    }
    EventVersion version = next_version(id_of[i], is_new, *standing[i]);
    told_[id_of[i]] = version;
    changes.push_back({std::move(version), is_new ? parent_of[i] : std::string{}, {}});
  }
  settled_ = std::move(settled);
  for (auto& [id, event] : told_) {
    if (taken.contains(id) || event.status == EventStatus::kWithdrawn ||
        event.origin.time < since) {
      continue;
    }
    const auto taker = std::find_if(
        kin.begin(), kin.end(), [&id = id](const Kinship& each) { return each.id == id; });
    ++event.version;
    event.status = EventStatus::kWithdrawn;
    const bool is_merged = taker != kin.end() && 2 * taker->shared >= event.arrivals.size();
    changes.push_back({event, {}, is_merged ? id_of[taker->standing] : std::string{}});
  }
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
