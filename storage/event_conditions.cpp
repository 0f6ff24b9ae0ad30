#include "storage/event_conditions.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "storage/event_area.hpp"
#include "storage/pick_writer.hpp"
#include "storage/query_plans.hpp"

namespace geod::storage {
namespace {

/// Of what an event lacks: see events_by_magnitude and event_ranges.
constexpr std::string_view kMagnitudeOrder = "ifnull(e.magnitude, -1000.0)";
constexpr double kSecondsPerYear = 31'557'600.0;  // Julian years, as in event_ranges
/// For the rounding of nanoseconds to double seconds and years: a third of a second.
constexpr double kMargin_years = 1e-8;

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

/// What lies in both, of two unions of boxes.
std::vector<Region> intersection(const std::vector<Region>& a, const std::vector<Region>& b) {
  std::vector<Region> both;
  for (const Region& one : a) {
    for (const Region& other : b) {
      const Region box{std::max(one.min_latitude_deg, other.min_latitude_deg),
                       std::min(one.max_latitude_deg, other.max_latitude_deg),
                       std::max(one.min_longitude_deg, other.min_longitude_deg),
                       std::min(one.max_longitude_deg, other.max_longitude_deg)};
      if (box.min_latitude_deg <= box.max_latitude_deg &&
          box.min_longitude_deg <= box.max_longitude_deg) {
        both.push_back(box);
      }
    }
  }
  return both;
}

/// Boxes around what lies in all areas of `query`; nothing: it asks for none.
std::optional<std::vector<Region>> boxes_of(const EventQuery& query) {
  if (!query.region && !query.circle && !query.polygon) {
    return std::nullopt;
  }
  std::vector<Region> boxes{{-90.0, 90.0, -180.0, 180.0}};
  if (query.region && query.region->min_longitude_deg > query.region->max_longitude_deg) {
    Region west = *query.region;
    Region east = *query.region;
    west.max_longitude_deg = 180.0;
    east.min_longitude_deg = -180.0;
    boxes = {west, east};
  } else if (query.region) {
    boxes = {*query.region};
  }
  if (query.circle) {
    boxes = intersection(boxes, boxes_around(*query.circle));
  }
  if (query.polygon) {
    boxes = intersection(boxes, boxes_around(*query.polygon));
  }
  return boxes;
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

/// " AND max_... >= ... AND min_... <= ..." on event_ranges.
std::string range_condition(SqlValues& values,
                            std::string_view name,
                            const std::optional<double>& low,
                            const std::optional<double>& high) {
  std::string sql;
  sql += low ? fmt::format(" AND max_{} >= {}", name, values.add(*low)) : "";
  sql += high ? fmt::format(" AND min_{} <= {}", name, values.add(*high)) : "";
  return sql;
}

std::optional<double> years_of(const std::optional<Time>& time) {
  return time ? std::optional(to_seconds(time->time_since_epoch()) / kSecondsPerYear)
              : std::nullopt;
}

}  // namespace

std::string SqlValues::add(Value value) {
  values_.push_back(std::move(value));
  return fmt::format("?{}", values_.size());
}

void SqlValues::bind(Statement& statement) const {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    std::visit(
        [&](const auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
            statement.bind(static_cast<int>(i) + 1, std::string_view(value));
          } else {
            statement.bind(static_cast<int>(i) + 1, value);
          }
        },
        values_[i]);
  }
}

Result<QueryKeys> QueryKeys::find(Database& database, const EventQuery& query) {
  QueryKeys keys;
  const auto find_all = [&](std::string_view sql,
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
    done = find_all("SELECT site_key FROM sites WHERE code GLOB ?", query.stations, keys.sites);
  }
  if (done && query.model_id) {
    done = find_all(
        "SELECT model_key FROM models WHERE model_id GLOB ?", {*query.model_id}, keys.models);
  }
  if (done && query.adapter_id && query.adapter_id->empty()) {
    keys.adapters = "0";
  } else if (done && query.adapter_id) {
    done = find_all("SELECT adapter_key FROM adapters WHERE adapter_id GLOB ?",
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

std::string event_conditions(SqlValues& values, const EventQuery& query, const QueryKeys& keys) {
  std::string sql = " AND (e.version_key IS NOT NULL OR e.review_key IS NOT NULL)";
  const auto add = [&](bool wanted, std::string_view format, auto value) {
    if (wanted) {
      sql += " AND ";
      sql += fmt::format(fmt::runtime(format), values.add(value));
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
  if (const auto boxes = boxes_of(query)) {
    sql += " AND (0";
    for (const Region& box : *boxes) {
      sql += fmt::format(
          " OR (e.latitude_deg BETWEEN {} AND {} AND e.longitude_deg BETWEEN {} AND {})",
          values.add(box.min_latitude_deg),
          values.add(box.max_latitude_deg),
          values.add(box.min_longitude_deg),
          values.add(box.max_longitude_deg));
    }
    sql += ")";
  }
  sql += keys.sites ? site_condition(*keys.sites) : "";
  sql += keys.models || keys.adapters ? maker_condition(keys) : "";
  sql += keys.events ? fmt::format(" AND e.event_key IN ({})", *keys.events) : "";
  return sql;
}

bool is_by_magnitude(EventOrder order) {
  return order == EventOrder::kMagnitude || order == EventOrder::kMagnitudeDescending;
}

bool is_descending(EventOrder order) {
  return order == EventOrder::kTimeDescending || order == EventOrder::kMagnitudeDescending;
}

std::string span_condition(SqlValues& values, EventOrder order, const OrderSpan& span) {
  if (is_by_magnitude(order)) {
    return fmt::format(" AND {0} >= {1} AND {0} < {2}",
                       kMagnitudeOrder,
                       values.add(span.from),
                       values.add(span.to));
  }
  // The same double gives the same nanosecond, so spans that meet leave nothing out.
  return fmt::format(" AND e.time_ns >= {} AND e.time_ns < {}",
                     values.add(time_from_ns(0) + duration_from_seconds(span.from)),
                     values.add(time_from_ns(0) + duration_from_seconds(span.to)));
}

std::string in_ranges(SqlValues& values,
                      const EventQuery& query,
                      const std::optional<OrderSpan>& span) {
  const std::vector<Region> everywhere{{-90.0, 90.0, -180.0, 180.0}};
  const auto boxes = boxes_of(query);
  std::string sql;
  for (const Region& box : boxes ? *boxes : everywhere) {
    sql += sql.empty() ? "" : " OR ";
    sql += "(1";
    if (boxes) {
      sql += range_condition(values, "latitude_deg", box.min_latitude_deg, box.max_latitude_deg);
      sql += range_condition(values, "longitude_deg", box.min_longitude_deg, box.max_longitude_deg);
    }
    sql += range_condition(values, "magnitude", query.min_magnitude, query.max_magnitude);
    sql += range_condition(values, "time_years", years_of(query.from), years_of(query.to));
    if (span && is_by_magnitude(query.order)) {
      sql += range_condition(values, "magnitude", span->from, span->to);
    } else if (span) {
      sql += range_condition(values,
                             "time_years",
                             span->from / kSecondsPerYear - kMargin_years,
                             span->to / kSecondsPerYear + kMargin_years);
    }
    sql += ")";
  }
  return "SELECT event_key FROM event_ranges WHERE " + (sql.empty() ? "0" : sql);
}

}  // namespace geod::storage
