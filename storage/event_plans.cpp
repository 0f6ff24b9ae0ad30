#include "storage/event_plans.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace geod::storage {
namespace {

// As many are looked at and sorted in some 30 ms; counting up to it costs about 1 ms a filter.
constexpr std::int64_t kFew = 10'000;
// Of ranges, which can be cut into slabs: more than the first ones of those have.
constexpr std::int64_t kFewInRanges = 2'000;

/// A way to events by an index of one filter: "SELECT event_key FROM ... WHERE ...".
struct Source {
  std::string sql;
  SqlValues values;
};

template <class Bound>
void add_range(std::vector<Source>& sources,
               std::string_view column,
               const std::optional<Bound>& low,
               const std::optional<Bound>& high) {
  if (!low && !high) {
    return;
  }
  SqlValues values;
  std::string sql = fmt::format("SELECT event_key FROM events WHERE {} IS NOT NULL", column);
  sql += low ? fmt::format(" AND {} >= {}", column, values.add(*low)) : "";
  sql += high ? fmt::format(" AND {} <= {}", column, values.add(*high)) : "";
  sources.push_back({std::move(sql), std::move(values)});
}

std::vector<Source> sources_of(const EventQuery& query, const QueryKeys& keys) {
  std::vector<Source> sources;
  const auto add = [&](std::string sql, const std::optional<std::string>& value = {}) {
    SqlValues values;
    if (value) {
      values.add(SqlValues::Value{*value});
    }
    sources.push_back({std::move(sql), std::move(values)});
  };
  add_range(sources, "time_ns", query.from, query.to);
  add_range(sources, "depth_km", query.min_depth_km, query.max_depth_km);
  add_range(sources, "ifnull(magnitude, -1000.0)", query.min_magnitude, query.max_magnitude);
  add_range(sources, "updated_ns", query.updated_after, std::optional<Time>{});
  if (query.magnitude_type) {
    add("SELECT event_key FROM events WHERE magnitude_type = ?1", query.magnitude_type);
  }
  if (query.reviewed_only) {
    add("SELECT event_key FROM events WHERE review_key IS NOT NULL");
  } else if (query.worst_quality) {
    add("SELECT event_key FROM events WHERE quality <= ?1 UNION ALL "
        "SELECT event_key FROM events WHERE review_key IS NOT NULL",
        std::string(to_string(*query.worst_quality)));
  }
  if (keys.sites) {
    add(fmt::format("SELECT event_key FROM site_events WHERE site_key IN ({})", *keys.sites));
  }
  if (keys.models || keys.adapters) {
    add(fmt::format("SELECT event_key FROM maker_events WHERE model_key IN ({}) {}",
                    keys.models.value_or("SELECT model_key FROM models"),
                    keys.adapters ? fmt::format("AND adapter_key IN ({})", *keys.adapters) : ""));
  }
  if (keys.events) {
    add(fmt::format("SELECT event_key FROM events WHERE event_key IN ({})", *keys.events));
  }
  return sources;
}

/// Whether event_ranges leads to fewer events than the index of the order does.
bool has_ranges(const EventQuery& query) {
  const bool has_times = query.from || query.to;
  const bool has_magnitudes = query.min_magnitude || query.max_magnitude;
  return query.region || query.circle || query.polygon ||
         (is_by_magnitude(query.order) ? has_times : has_magnitudes);
}

/// Events that `source` leads to, no more than `most` + 1.
Result<std::int64_t> count(Database& database, const Source& source, std::int64_t most) {
  Result<Statement> statement = database.prepare(
      fmt::format("SELECT count(*) FROM (SELECT 1 FROM ({}) LIMIT {})", source.sql, most + 1));
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  source.values.bind(*statement);
  const Result<bool> row = statement->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  return statement->integer(0);
}

std::string looked_up(const std::string& source) {
  return fmt::format(
      "(SELECT DISTINCT event_key FROM ({})) k CROSS JOIN events e ON e.event_key = k.event_key",
      source);
}

}  // namespace

Result<EventPlans> EventPlans::make(Database& database, const EventQuery& query) {
  Result<QueryKeys> keys = QueryKeys::find(database, query);
  if (!keys) {
    return tl::unexpected(keys.error());
  }
  EventPlans plans;
  plans.database_ = &database;
  plans.query_ = query;
  plans.keys_ = std::move(*keys);
  std::optional<Source> best;
  std::int64_t fewest = kFew + 1;
  const auto consider = [&](Source source, std::int64_t few) -> Result<void> {
    const Result<std::int64_t> events = count(database, source, few);
    if (events && *events <= few && *events < fewest) {
      fewest = *events;
      best = std::move(source);
    }
    return events ? Result<void>{} : tl::unexpected(events.error());
  };
  Result<void> done;
  std::vector<Source> sources = sources_of(query, plans.keys_);
  for (std::size_t i = 0; done && i < sources.size(); ++i) {
    done = consider(std::move(sources[i]), kFew);
  }
  if (done && has_ranges(query)) {
    SqlValues values;
    std::string sql = in_ranges(values, query, {});
    done = consider({std::move(sql), std::move(values)}, query.limit ? kFewInRanges : kFew);
  }
  if (!done) {
    return tl::unexpected(done.error());
  }
  if (best) {
    plans.only_ = plans.plan(looked_up(best->sql), std::move(best->values), {});
  } else if (has_ranges(query)) {
    Result<EventSlabs> slabs = EventSlabs::make(database, query);
    if (!slabs) {
      return tl::unexpected(slabs.error());
    }
    plans.slabs_ = std::move(*slabs);
  } else {
    plans.only_ = plans.plan(
        fmt::format("events e INDEXED BY {}",
                    is_by_magnitude(query.order) ? "events_by_magnitude" : "events_by_time"),
        {},
        {});
  }
  return plans;
}

EventPlan EventPlans::plan(const std::string& from,
                           SqlValues values,
                           const std::optional<OrderSpan>& span) const {
  EventPlan plan;
  plan.values = std::move(values);
  plan.sql =
      fmt::format("SELECT e.event_key, e.latitude_deg, e.longitude_deg FROM {} WHERE 1", from);
  plan.sql += event_conditions(plan.values, query_, keys_);
  plan.sql += span ? span_condition(plan.values, query_.order, *span) : "";
  const std::string_view direction = is_descending(query_.order) ? "DESC" : "ASC";
  plan.sql += fmt::format(" ORDER BY {0}e.time_ns {1}, e.event_key {1}",
                          is_by_magnitude(query_.order)
                              ? fmt::format("ifnull(e.magnitude, -1000.0) {}, ", direction)
                              : std::string{},
                          direction);
  return plan;
}

Result<std::optional<EventPlan>> EventPlans::next() {
  if (!slabs_) {
    return std::exchange(only_, std::nullopt);
  }
  const auto span = slabs_->next(*database_);
  if (!span) {
    return tl::unexpected(span.error());
  }
  if (!*span) {
    return std::nullopt;
  }
  SqlValues values;
  const std::string source = in_ranges(values, query_, *span);
  return plan(looked_up(source), std::move(values), *span);
}

}  // namespace geod::storage
