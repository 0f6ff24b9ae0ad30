#pragma once

#include <optional>
#include <string>

#include "core/error.hpp"
#include "storage/database.hpp"
#include "storage/event_conditions.hpp"
#include "storage/event_query.hpp"
#include "storage/event_slabs.hpp"

namespace geod::storage {

/// A statement with the values of its parameters.
struct EventPlan {
  std::string sql;  ///< columns: event_key, latitude_deg, longitude_deg; in the order asked for
  SqlValues values;
};

/// The statements that find the events of a query one after the other, but for the exact borders of
/// its circle and polygon, its offset and its limit. An id that is not stored finds nothing.
///
/// Where one of the filters leaves few events by itself, they are looked at and sorted. Else, where
/// places or ranges are asked for, slabs of the order are looked at one by one, so that the first
/// rows come soon wherever in the order they lie. Else the index of the order is walked.
class EventPlans {
 public:
  /// Asks `database`, which outlives this; call inside the transaction of the statements.
  static Result<EventPlans> make(Database& database, const EventQuery& query);
  /// Nothing when there are no more.
  Result<std::optional<EventPlan>> next();

 private:
  EventPlan plan(const std::string& from,
                 SqlValues values,
                 const std::optional<OrderSpan>& span) const;

  Database* database_ = nullptr;
  EventQuery query_;
  QueryKeys keys_;
  std::optional<EventPlan> only_;
  std::optional<EventSlabs> slabs_;
};

}  // namespace geod::storage
