#include "storage/event_plans.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "storage/event_area.hpp"
#include "storage/pick_writer.hpp"
#include "storage/query_plans.hpp"

namespace geod::storage {
namespace {

// As many are looked at and sorted in some 30 ms; counting up to it costs about 1 ms a filter.
constexpr std::int64_t kFew = 10'000;

using Value = std::variant<std::int64_t, double, std::string>;

/// SQL with the values of its parameters, which are numbered as they are added.
class SqlText {
 public:
  SqlText() = default;
  explicit SqlText(std::vector<Value> values) : values_(std::move(values)) {}
  std::string parameter(Value value) {
    values_.push_back(std::move(value));
    return fmt::format("?{}", values_.size());
  }
  std::string parameter(Time time) { return parameter(Value{std::int64_t{to_ns(time)}}); }
  std::vector<Value> take() && { return std::move(values_); }

 private:
  std::vector<Value> values_;
};

/// What the wildcards and ids of a query come down to.
struct QueryKeys {
  std::optional<std::string> sites;  ///< "1, 2, 3", as the next; nothing: not asked for
  std::optional<std::string> models;
  std::optional<std::string> adapters;  ///< 0: the model's own head
  std::optional<std::string> events;
};

Result<std::string> key_list(Database& database,
                             std::string_view sql,
                             const std::vector<std::string>& patterns) {
  Result<Statement> statement = database.prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  std::vector<std::int64_t> all;
  for (const std::string& pattern : patterns) {
    statement->bind_all(pattern);
    const auto keys = read_keys(*statement);
    statement->reset();
    if (!keys) {
      return tl::unexpected(keys.error());
    }
    all.insert(all.end(), keys->begin(), keys->end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return fmt::format("{}", fmt::join(all, ", "));
}

Result<std::string> event_key_list(Database& database, const std::vector<std::string>& event_ids) {
  Result<Statement> by_id = database.prepare("SELECT event_key FROM events WHERE event_id = ?");
  Result<Statement> by_public_id =
      database.prepare("SELECT DISTINCT event_key FROM reviews WHERE public_id = ?");
  if (!by_id || !by_public_id) {
    return tl::unexpected(by_id ? by_public_id.error() : by_id.error());
  }
  std::vector<std::int64_t> all;
  for (const std::string& event_id : event_ids) {
    const std::optional<std::int64_t> bits = parse_pick_id(event_id);
    Statement& find = bits ? *by_id : *by_public_id;
    if (bits) {
      find.bind_all(*bits);
    } else {
      find.bind_all(event_id);
    }
    const auto keys = read_keys(find);
    find.reset();
    if (!keys) {
      return tl::unexpected(keys.error());
    }
    all.insert(all.end(), keys->begin(), keys->end());
  }
  return fmt::format("{}", fmt::join(all, ", "));
}

Result<QueryKeys> find_keys(Database& database, const EventQuery& query) {
  QueryKeys keys;
  const auto find = [&](std::string_view sql,
                        const std::vector<std::string>& patterns,
                        std::optional<std::string>& list) -> Result<void> {
    Result<std::string> found = key_list(database, sql, patterns);
    if (!found) {
      return tl::unexpected(found.error());
    }
    list = std::move(*found);
    return {};
  };
  Result<void> done;
  if (!query.stations.empty()) {
    done = find("SELECT site_key FROM sites WHERE code GLOB ?", query.stations, keys.sites);
  }
  if (done && query.model_id) {
    done =
        find("SELECT model_key FROM models WHERE model_id GLOB ?", {*query.model_id}, keys.models);
  }
  if (done && query.adapter_id && query.adapter_id->empty()) {
    keys.adapters = "0";
  } else if (done && query.adapter_id) {
    done = find("SELECT adapter_key FROM adapters WHERE adapter_id GLOB ?",
                {*query.adapter_id},
                keys.adapters);
  }
  if (done && !query.event_ids.empty()) {
    Result<std::string> found = event_key_list(database, query.event_ids);
    done = found ? Result<void>{} : tl::unexpected(found.error());
    keys.events = found ? std::move(*found) : std::string{};
  }
  if (!done) {
    return tl::unexpected(done.error());
  }
  return keys;
}

std::vector<std::vector<Region>> areas_of(const EventQuery& query) {
  std::vector<std::vector<Region>> areas;
  if (query.region && query.region->min_longitude_deg > query.region->max_longitude_deg) {
    Region west = *query.region;
    Region east = *query.region;
    west.max_longitude_deg = 180.0;
    east.min_longitude_deg = -180.0;
    areas.push_back({west, east});
  } else if (query.region) {
    areas.push_back({*query.region});
  }
  if (query.circle) {
    areas.push_back(boxes_around(*query.circle));
  }
  if (query.polygon) {
    areas.push_back(boxes_around(*query.polygon));
  }
  return areas;
}

/// `format` with the bounds of each box as {0} to {3}, joined by OR.
std::string in_boxes(SqlText& text, const std::vector<Region>& boxes, std::string_view format) {
  std::string sql;
  for (const Region& box : boxes) {
    sql += sql.empty() ? "(" : " OR ";
    sql += fmt::format(fmt::runtime(format),
                       text.parameter(Value{box.min_latitude_deg}),
                       text.parameter(Value{box.max_latitude_deg}),
                       text.parameter(Value{box.min_longitude_deg}),
                       text.parameter(Value{box.max_longitude_deg}));
  }
  return sql + ")";
}

std::string site_condition(const std::string& sites) {
  return fmt::format(
      " AND (EXISTS (SELECT 1 FROM origin_arrivals a WHERE a.version_key = e.version_key "
      "AND a.site_key IN ({0})) OR EXISTS (SELECT 1 FROM review_arrivals a "
      "WHERE a.review_key = e.review_key AND a.site_key IN ({0})))",
      sites);
}

std::string maker_condition(const QueryKeys& keys) {
  std::string made_by;
  if (keys.models) {
    made_by += fmt::format(" AND m.model_key IN ({})", *keys.models);
  }
  if (keys.adapters) {
    made_by += fmt::format(" AND ifnull(m.adapter_key, 0) IN ({})", *keys.adapters);
  }
  return fmt::format(
      " AND (EXISTS (SELECT 1 FROM origin_arrivals a JOIN picks m USING (pick_key) "
      "WHERE a.version_key = e.version_key{0}) OR EXISTS (SELECT 1 FROM origin_arrivals a "
      "JOIN detections m USING (detection_key) WHERE a.version_key = e.version_key{0}))",
      made_by);
}

/// "AND ..." on events e.
std::string conditions(SqlText& text, const EventQuery& query, const QueryKeys& keys) {
  std::string sql = " AND (e.version_key IS NOT NULL OR e.review_key IS NOT NULL)";
  const auto add = [&](bool wanted, std::string_view format, auto value) {
    if (wanted) {
      sql += " AND ";
      sql += fmt::format(fmt::runtime(format), text.parameter(value));
    }
  };
  add(query.from.has_value(), "e.time_ns >= {}", query.from.value_or(Time{}));
  add(query.to.has_value(), "e.time_ns < {}", query.to.value_or(Time{}));
  add(query.min_depth_km.has_value(), "e.depth_km >= {}", query.min_depth_km.value_or(0.0));
  add(query.max_depth_km.has_value(), "e.depth_km <= {}", query.max_depth_km.value_or(0.0));
  add(query.min_magnitude.has_value(), "e.magnitude >= {}", query.min_magnitude.value_or(0.0));
  add(query.max_magnitude.has_value(), "e.magnitude <= {}", query.max_magnitude.value_or(0.0));
  add(query.magnitude_type.has_value(),
      "e.magnitude_type = {}",
      query.magnitude_type.value_or(std::string{}));
  add(query.worst_quality.has_value(),
      "(e.review_key IS NOT NULL OR e.quality <= {})",
      std::string(to_string(query.worst_quality.value_or(QualityClass::kD))));
  add(query.updated_after.has_value(), "e.updated_ns > {}", query.updated_after.value_or(Time{}));
  sql += query.reviewed_only ? " AND e.review_key IS NOT NULL" : "";
  sql += query.with_withdrawn ? "" : " AND e.is_withdrawn = 0";
  for (const std::vector<Region>& boxes : areas_of(query)) {
    sql += " AND " + in_boxes(text,
                              boxes,
                              "(e.latitude_deg BETWEEN {0} AND {1} "
                              "AND e.longitude_deg BETWEEN {2} AND {3})");
  }
  sql += keys.sites ? site_condition(*keys.sites) : "";
  sql += keys.models || keys.adapters ? maker_condition(keys) : "";
  sql += keys.events ? fmt::format(" AND e.event_key IN ({})", *keys.events) : "";
  return sql;
}

/// A way to events by an index of one filter: "SELECT event_key FROM ... WHERE ...".
struct Source {
  std::string sql;
  std::vector<Value> values;
};

template <class Bound>
void add_range(std::vector<Source>& sources,
               std::string_view column,
               const std::optional<Bound>& low,
               const std::optional<Bound>& high) {
  if (!low && !high) {
    return;
  }
  SqlText text;
  std::string sql = fmt::format("SELECT event_key FROM events WHERE {} IS NOT NULL", column);
  sql += low ? fmt::format(" AND {} >= {}", column, text.parameter(*low)) : "";
  sql += high ? fmt::format(" AND {} <= {}", column, text.parameter(*high)) : "";
  sources.push_back({std::move(sql), std::move(text).take()});
}

std::vector<Source> sources_of(const EventQuery& query, const QueryKeys& keys) {
  std::vector<Source> sources;
  const auto add = [&](std::string sql, std::vector<Value> values = {}) {
    sources.push_back({std::move(sql), std::move(values)});
  };
  add_range(sources, "time_ns", query.from, query.to);
  add_range(sources, "depth_km", query.min_depth_km, query.max_depth_km);
  add_range(sources, "ifnull(magnitude, -1000.0)", query.min_magnitude, query.max_magnitude);
  add_range(sources, "updated_ns", query.updated_after, std::optional<Time>{});
  if (query.magnitude_type) {
    add("SELECT event_key FROM events WHERE magnitude_type = ?1", {Value{*query.magnitude_type}});
  }
  if (query.reviewed_only) {
    add("SELECT event_key FROM events WHERE review_key IS NOT NULL");
  } else if (query.worst_quality) {
    add("SELECT event_key FROM events WHERE quality <= ?1 UNION ALL "
        "SELECT event_key FROM events WHERE review_key IS NOT NULL",
        {Value{std::string(to_string(*query.worst_quality))}});
  }
  for (const std::vector<Region>& boxes : areas_of(query)) {
    SqlText text;
    std::string sql = "SELECT event_key FROM event_boxes WHERE " +
                      in_boxes(text,
                               boxes,
                               "(max_latitude_deg >= {0} AND min_latitude_deg <= {1} "
                               "AND max_longitude_deg >= {2} AND min_longitude_deg <= {3})");
    add(std::move(sql), std::move(text).take());
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

/// Events that `source` leads to, no more than kFew + 1.
Result<std::int64_t> count(Database& database, const Source& source) {
  const EventPlan plan{
      fmt::format("SELECT count(*) FROM (SELECT 1 FROM ({}) LIMIT {})", source.sql, kFew + 1),
      source.values};
  Result<Statement> statement = database.prepare(plan.sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  plan.bind(*statement);
  const Result<bool> row = statement->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  return statement->integer(0);
}

}  // namespace

void EventPlan::bind(Statement& statement) const {
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::visit(
        [&](const auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
            statement.bind(static_cast<int>(i) + 1, std::string_view(value));
          } else {
            statement.bind(static_cast<int>(i) + 1, value);
          }
        },
        values[i]);
  }
}

Result<EventPlan> plan_events(Database& database, const EventQuery& query) {
  const Result<QueryKeys> keys = find_keys(database, query);
  if (!keys) {
    return tl::unexpected(keys.error());
  }
  Source best;
  std::int64_t fewest = kFew + 1;
  for (Source& source : sources_of(query, *keys)) {
    const Result<std::int64_t> events = count(database, source);
    if (!events) {
      return tl::unexpected(events.error());
    }
    if (*events < fewest) {
      fewest = *events;
      best = std::move(source);
    }
  }
  const bool by_magnitude =
      query.order == EventOrder::kMagnitude || query.order == EventOrder::kMagnitudeDescending;
  const bool descending =
      query.order == EventOrder::kTimeDescending || query.order == EventOrder::kMagnitudeDescending;
  EventPlan plan;
  plan.sql = "SELECT e.event_key, e.latitude_deg, e.longitude_deg FROM ";
  plan.sql += fewest > kFew ? fmt::format("events e INDEXED BY {}",
                                          by_magnitude ? "events_by_magnitude" : "events_by_time")
                            : fmt::format(
                                  "(SELECT DISTINCT event_key FROM ({})) k "
                                  "CROSS JOIN events e ON e.event_key = k.event_key",
                                  best.sql);
  SqlText text(std::move(best.values));
  plan.sql += " WHERE 1" + conditions(text, query, *keys);
  plan.sql += fmt::format(
      " ORDER BY {0}e.time_ns {1}, e.event_key {1}",
      by_magnitude ? fmt::format("ifnull(e.magnitude, -1000.0) {}, ", descending ? "DESC" : "ASC")
                   : std::string{},
      descending ? "DESC" : "ASC");
  plan.values = std::move(text).take();
  return plan;
}

}  // namespace geod::storage
