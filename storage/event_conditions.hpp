#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"
#include "storage/database.hpp"
#include "storage/event_query.hpp"

namespace geod::storage {

/// Values of the parameters of a statement, numbered as they are added.
class SqlValues {
 public:
  using Value = std::variant<std::int64_t, double, std::string>;

  /// Its name in the statement: "?1", "?2", ...
  std::string add(Value value);
  std::string add(Time time) { return add(Value{std::int64_t{to_ns(time)}}); }
  /// Binds all; they must outlive the statement's run.
  void bind(Statement& statement) const;

 private:
  std::vector<Value> values_;
};

/// What the wildcards and ids of a query come down to: keys as "1, 2, 3"; nothing: not asked for.
struct QueryKeys {
  std::optional<std::string> sites;
  std::optional<std::string> models;
  std::optional<std::string> adapters;  ///< 0: the model's own head
  std::optional<std::string> events;

  static Result<QueryKeys> find(Database& database, const EventQuery& query);
};

/// "AND ..." on events e: all of `query` but for the exact borders of its circle and polygon.
std::string event_conditions(SqlValues& values, const EventQuery& query, const QueryKeys& keys);

/// Values of the order's own column, in seconds since 1970 or as a magnitude; `from` is included.
struct OrderSpan {
  double from = 0.0;
  double to = 0.0;
};

bool is_by_magnitude(EventOrder order);
bool is_descending(EventOrder order);
/// "AND ..." on events e: what lies in `span` of the order of `query`.
std::string span_condition(SqlValues& values, EventOrder order, const OrderSpan& span);
/// "SELECT event_key FROM event_ranges WHERE ...": a few more than lie in the areas and ranges of
/// `query`, and in `span` of its order.
std::string in_ranges(SqlValues& values,
                      const EventQuery& query,
                      const std::optional<OrderSpan>& span);

}  // namespace geod::storage
