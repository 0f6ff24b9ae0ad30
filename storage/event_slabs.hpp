#pragma once

#include <cstdint>
#include <optional>

#include "core/error.hpp"
#include "storage/database.hpp"
#include "storage/event_conditions.hpp"
#include "storage/event_query.hpp"

namespace geod::storage {

/// Cuts the order of a query into spans, in its order and without a hole, each of which leads to
/// some thousand events in the areas and ranges of the query: few in the first ones, since the
/// first page is all that most ask for, more in later ones. Spans in which there are none are
/// passed over.
class EventSlabs {
 public:
  static Result<EventSlabs> make(Database& database, const EventQuery& query);
  /// The next span; nothing when the order is at its end.
  Result<std::optional<OrderSpan>> next(Database& database);

 private:
  /// Events in the ranges of the query and in `span`, no more than `most`.
  Result<std::int64_t> count(Database& database, const OrderSpan& span, std::int64_t most) const;

  EventQuery query_;
  OrderSpan rest_;           ///< not given yet
  double width_ = 0.0;       ///< of the span to try next
  double narrowest_ = 0.0;   ///< below it event_ranges tells no difference
  std::int64_t wanted_ = 0;  ///< events of the span to try next
};

}  // namespace geod::storage
