#include "trainer/station_activity.hpp"

#include <algorithm>

namespace geod::trainer {
namespace {

constexpr double kLookedAtShare = 0.99;

}  // namespace

Result<StationActivity> StationActivity::read(storage::Reader& reader, const TimeSpan& span) {
  StationActivity activity(reader);
  storage::CompletenessQuery query;
  query.scope.from = span.from;
  query.scope.to = span.to;
  // By hour: of several instruments the one that saw most.
  std::map<StationId, std::map<Time, CompletenessDelta>> most;
  const auto read = reader.completeness(query, [&](std::span<const storage::CompletenessRow> page) {
    for (const storage::CompletenessRow& row : page) {
      if (row.channels) {
        continue;  // a fibre
      }
      const CompletenessDelta& seen = row.completeness;
      auto& best = most[seen.instrument.station_id()].try_emplace(seen.hour, seen).first->second;
      best = seen.scored_s > best.scored_s ? seen : best;
    }
    return true;
  });
  if (!read) {
    return tl::unexpected(read.error());
  }
  for (const auto& [station, hours] : most) {
    for (const auto& [hour, seen] : hours) {
      if (seen.to > seen.from &&
          seen.scored_s >= kLookedAtShare * to_seconds(seen.to - seen.from)) {
        activity.looked_at_[station].push_back({seen.from, seen.to});
      }
    }
  }
  return activity;
}

const std::vector<TimeSpan>& StationActivity::looked_at(const StationId& station) const {
  static const std::vector<TimeSpan> kNothing;
  const auto found = looked_at_.find(station);
  return found == looked_at_.end() ? kNothing : found->second;
}

bool StationActivity::was_looked_at(const StationId& station, const TimeSpan& span) const {
  Time reached = span.from;
  for (const TimeSpan& seen : looked_at(station)) {
    if (seen.from <= reached && seen.to > reached) {
      reached = seen.to;
    }
  }
  return reached >= span.to;
}

Result<std::map<StationId, std::vector<StationActivity::SeenPick>>> StationActivity::picks(
    const TimeSpan& span) const {
  std::map<StationId, std::vector<SeenPick>> picks;
  storage::PickQuery query;
  query.scope.from = span.from;
  query.scope.to = span.to;
  const auto read = reader_->picks(query, [&picks](std::span<const storage::StoredPick> page) {
    for (const storage::StoredPick& stored : page) {
      picks[stored.pick.instrument.station_id()].push_back(
          {stored.pick.phase_hint, stored.pick.time});
    }
    return true;
  });
  if (!read) {
    return tl::unexpected(read.error());
  }
  return picks;
}

}  // namespace geod::trainer
