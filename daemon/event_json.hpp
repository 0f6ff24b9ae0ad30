#pragma once

#include <string>
#include <vector>

#include "storage/event_query.hpp"

namespace geod {

/// One JSON object with all that the store knows of an event. What is not known is null, or absent
/// from a list.
/// Keys: event_id, event_key, status, kind, version, log_odds, preferred, origin, arrivals,
/// magnitudes, uncounted_amplitudes, split_from, merged_into, merged_from, split_off, reviews,
/// versions (the oldest first, without arrivals).
std::string event_json(const storage::StoredEvent& stored,
                       const std::vector<storage::StoredVersion>& versions);

}  // namespace geod
