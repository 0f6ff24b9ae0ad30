#pragma once

#include <string>
#include <vector>

#include "storage/event_query.hpp"

namespace geod {

/// All that the store knows of an event, for people: lines of at most 120 characters.
std::string event_text(const storage::StoredEvent& stored,
                       const std::vector<storage::StoredVersion>& versions);

}  // namespace geod
