#pragma once

#include <span>
#include <string>
#include <vector>

#include "catalog/event_matching.hpp"
#include "core/event.hpp"

namespace geod::catalog {

/// An event of ours that a review may speak of: its newest automatic version.
struct OwnEvent {
  std::string event_id;  ///< 16 hex digits
  EventPoint point;
};

/// The events that the reviews speak of, one each and each once; "" where there is none. A review
/// whose public id is one that geod gave (PublicIds::event, of any authority) speaks of that event,
/// however far it moved it, if it is among `events` or `named`; the others are matched by time and
/// place (match_events) to what is left of `events`.
std::vector<std::string> match_reviews(std::span<const ReviewedEvent> reviews,
                                       std::span<const OwnEvent> events,
                                       std::span<const std::string> named,
                                       const MatchLimits& limits);

}  // namespace geod::catalog
