#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/time.hpp"
#include "storage/event_query.hpp"
#include "storage/query.hpp"
#include "storage/reader.hpp"

namespace geod {

/// What of the span of `query` was not looked at, at its stations where it names some; nothing
/// where it names neither begin nor end, or more than a year.
Result<std::optional<storage::Blindness>> blindness_of(storage::Reader& reader,
                                                       const storage::EventQuery& query);

/// Lines for people that name hours and stations, briefly; empty when nothing was blind.
std::string blind_text(const storage::Blindness& blindness);

/// Of how many stations less than 90 % of the hour of `time` was looked at.
std::size_t blind_stations(const storage::Blindness& blindness, Time time);

}  // namespace geod
