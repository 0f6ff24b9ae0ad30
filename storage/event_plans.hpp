#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/error.hpp"
#include "storage/database.hpp"
#include "storage/event_query.hpp"

namespace geod::storage {

/// A statement with the values of its parameters ?1, ?2, ...
struct EventPlan {
  std::string sql;  ///< columns: event_key, latitude_deg, longitude_deg; in the order asked for
  std::vector<std::variant<std::int64_t, double, std::string>> values;

  /// Binds all values; they must outlive the statement's run.
  void bind(Statement& statement) const;
};

/// The statement that finds the events of `query`, but for the exact borders of its circle and
/// polygon, its offset and its limit. Where one of the filters leaves few events by itself, it
/// looks at those and sorts them; else it walks the index of the order, so that the first rows of a
/// long answer come at once. An id that is not stored finds nothing.
Result<EventPlan> plan_events(Database& database, const EventQuery& query);

}  // namespace geod::storage
