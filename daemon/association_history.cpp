#include "daemon/association_history.hpp"

#include <algorithm>
#include <utility>

namespace geod {
namespace {

/// Detections begin before their picks.
constexpr Duration kLongestDetection = std::chrono::minutes{10};

storage::Scope from(Time since) {
  storage::Scope scope;
  if (since != Time::min()) {
    scope.from = since;
  }
  return scope;
}

}  // namespace

Result<AssociationHistory> AssociationHistory::open(const std::filesystem::path& database) {
  auto reader = storage::Reader::open(database);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  return AssociationHistory(std::move(*reader));
}

Result<std::vector<EventVersion>> AssociationHistory::events(Time since) {
  return reader_.recent_events(since);
}

Result<void> AssociationHistory::picks(Time since,
                                       const storage::PageSink<storage::StoredPick>& sink) {
  storage::PickQuery query;
  query.scope = from(since);
  query.with_estimates = true;
  return reader_.picks(query, sink);
}

Result<std::vector<CommittedFibrePick>> AssociationHistory::fibre_picks(Time since) {
  storage::DetectionQuery query;
  query.scope = from(since == Time::min() ? since : since - kLongestDetection);
  std::vector<std::string> ids;
  const auto listed = reader_.detections(query, [&ids](auto page) {
    for (const storage::StoredDetection& each : page) {
      ids.push_back(each.detection.detection_id);
    }
    return true;
  });
  if (!listed) {
    return tl::unexpected(listed.error());
  }
  // One that several bundles made is given once, as the reader does.
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::vector<CommittedFibrePick> picks;
  for (const std::string& id : ids) {
    const auto detection = reader_.detection(id);
    if (!detection) {
      return tl::unexpected(detection.error());
    }
    for (const FibrePick& pick : detection->detection.picks) {
      if (pick.time >= since) {
        picks.push_back({id, detection->detection.fibre_id, pick});
      }
    }
  }
  std::sort(picks.begin(), picks.end(), [](const auto& a, const auto& b) {
    return a.pick.time < b.pick.time;
  });
  return picks;
}

Result<void> AssociationHistory::heard(Time since,
                                       const std::function<void(const LookedAt&)>& tell) {
  storage::CompletenessQuery query;
  query.scope = from(since);
  return reader_.completeness(query, [&tell](auto page) {
    for (const storage::CompletenessRow& row : page) {
      const InstrumentId& id = row.completeness.instrument;
      const Time to = row.completeness.hour + std::chrono::hours{1};
      if (row.channels) {
        tell({id.network.empty() ? id.station : id.station_id().to_string(), {}, true, to});
      } else {
        tell({id.to_string(), id.station_id(), false, to});
      }
    }
    return true;
  });
}

}  // namespace geod
