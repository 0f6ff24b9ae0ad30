#include "storage/query_plans.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

namespace geod::storage {
namespace {

constexpr Duration kHour = std::chrono::hours{1};

/// "AND ..." on stations s for the scope; parameters are bound by bind_station_filter.
std::string station_filter(const Scope& scope) {
  std::string sql;
  if (!scope.stations.empty()) {
    sql += " AND (";
    for (std::size_t i = 0; i < scope.stations.size(); ++i) {
      sql += i == 0 ? "" : " OR ";
      sql += "s.network || '.' || s.station GLOB ?";
    }
    sql += ")";
  }
  if (scope.region) {
    // The R*Tree finds candidates, the exact columns decide.
    const bool across = scope.region->min_longitude_deg > scope.region->max_longitude_deg;
    sql += fmt::format(
        " AND s.station_key IN (SELECT station_key FROM station_boxes WHERE max_latitude_deg >= ?"
        " AND min_latitude_deg <= ? AND (max_longitude_deg >= ? {0} min_longitude_deg <= ?))"
        " AND s.latitude_deg BETWEEN ? AND ? AND (s.longitude_deg >= ? {0} s.longitude_deg <= ?)",
        across ? "OR" : "AND");
  }
  return sql;
}

void bind_station_filter(Statement& statement, const Scope& scope) {
  int index = 0;
  for (const std::string& glob : scope.stations) {
    statement.bind(++index, std::string_view(glob));
  }
  if (scope.region) {
    for (int times = 0; times < 2; ++times) {
      statement.bind(++index, scope.region->min_latitude_deg);
      statement.bind(++index, scope.region->max_latitude_deg);
      statement.bind(++index, scope.region->min_longitude_deg);
      statement.bind(++index, scope.region->max_longitude_deg);
    }
  }
}

/// The keys that the scope's stations and region leave; nothing when it does not narrow them.
/// `select`: "SELECT key FROM ... s ..." ending before WHERE.
Result<std::optional<std::vector<std::int64_t>>> scope_keys(Database& database,
                                                            const Scope& scope,
                                                            std::string_view select) {
  if (scope.stations.empty() && !scope.region) {
    return std::nullopt;
  }
  Result<Statement> statement =
      database.prepare(fmt::format("{} WHERE 1 {}", select, station_filter(scope)));
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  bind_station_filter(*statement, scope);
  return read_keys(*statement);
}

constexpr std::string_view kSelectInstrumentKeys =
    "SELECT i.instrument_key FROM stations s JOIN instruments i USING (station_key)";
constexpr std::string_view kSelectChannelKeys =
    "SELECT c.channel_key FROM stations s JOIN instruments i USING (station_key) "
    "JOIN channels c USING (instrument_key)";

Result<ScanPlan> with_keys(ScanPlan plan,
                           Database& database,
                           const Scope& scope,
                           std::string_view select) {
  auto keys = scope_keys(database, scope, select);
  if (!keys) {
    return tl::unexpected(keys.error());
  }
  plan.scope_keys = std::move(*keys);
  return plan;
}

}  // namespace

ScanPlan ordered_plan(const Scope& scope) {
  ScanPlan plan;
  plan.newest_first = scope.newest_first;
  if (scope.from) {
    plan.from_ns = to_ns(*scope.from);
  }
  if (scope.to) {
    plan.to_ns = to_ns(*scope.to) - 1;
  }
  return plan;
}

Result<std::vector<std::int64_t>> read_keys(Statement& statement) {
  std::vector<std::int64_t> keys;
  while (true) {
    const Result<bool> row = statement.step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      return keys;
    }
    keys.push_back(statement.integer(0));
  }
}

Result<Region> Region::parse(const std::string& text) {
  std::array<double, 4> values{};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  bool valid = true;
  for (std::size_t i = 0; valid && i < values.size(); ++i) {
    const auto [stop, status] = std::from_chars(at, end, values[i]);
    const bool last = i + 1 == values.size();
    valid = status == std::errc{} && std::isfinite(values[i]) &&
            (last ? stop == end : stop != end && *stop == '/');
    at = stop + (last || !valid ? 0 : 1);
  }
  const auto [min_latitude, max_latitude, min_longitude, max_longitude] = values;
  if (!valid || min_latitude > max_latitude || min_latitude < -90.0 || max_latitude > 90.0 ||
      std::abs(min_longitude) > 180.0 || std::abs(max_longitude) > 180.0) {
    return fail(Errc::kConfig,
                "'{}' is not a region; write minlat/maxlat/minlon/maxlon in degrees, for example "
                "35/36.5/-118/-117",
                text);
  }
  return Region{min_latitude, max_latitude, min_longitude, max_longitude};
}

Result<ScanPlan> plan_picks(Database& database, const PickQuery& query) {
  ScanPlan plan = ordered_plan(query.scope);
  plan.select = fmt::format(
      "SELECT time_ns, pick_key, instrument_key, phase, uncertainty_s, probability, score, "
      "components, model_key, pick_id, inserted_ns, run_key, adapter_key FROM {}",
      query.shadow ? "shadow_picks" : "picks");
  plan.time = "time_ns";
  plan.row_key = "pick_key";
  plan.scope_key = "instrument_key";
  plan.conditions = "AND probability >= ?5";
  plan.conditions += query.phase ? " AND phase = ?6" : "";
  return with_keys(std::move(plan), database, query.scope, kSelectInstrumentKeys);
}

void bind_picks(Statement& statement, const PickQuery& query) {
  statement.bind(5, query.min_probability);
  if (query.phase) {
    statement.bind(6, to_string(*query.phase));
  }
}

Result<ScanPlan> plan_continuity(Database& database, const ContinuityQuery& query) {
  ScanPlan plan = ordered_plan(query.scope);
  plan.select = "SELECT from_ns, continuity_key, channel_key, to_ns, kind, detail FROM continuity";
  plan.time = "from_ns";
  plan.row_key = "continuity_key";
  plan.scope_key = "channel_key";
  // An event that began before `from` may reach into the span: from bounds the end, not the start.
  plan.from_ns = std::numeric_limits<std::int64_t>::min();
  plan.conditions = query.scope.from ? "AND (to_ns > ?5 OR from_ns >= ?5)" : "";
  plan.conditions += query.kind ? " AND kind = ?6" : "";
  return with_keys(std::move(plan), database, query.scope, kSelectChannelKeys);
}

void bind_continuity(Statement& statement, const ContinuityQuery& query) {
  if (query.scope.from) {
    statement.bind(5, std::int64_t{to_ns(*query.scope.from)});
  }
  if (query.kind) {
    statement.bind(6, std::string_view(*query.kind));
  }
}

Result<ScanPlan> plan_locations(Database& database, const LocationQuery& query) {
  ScanPlan plan = ordered_plan(query.scope);
  // The rest is one row each, found by its key.
  plan.select =
      "SELECT time_ns, location_key, instrument_key, distance_km, distance_uncertainty_km, "
      "back_azimuth_deg, back_azimuth_uncertainty_deg, s_minus_p_s, distance_adapter_key, "
      "back_azimuth_adapter_key, inserted_ns, "
      "(SELECT pick_id FROM picks p WHERE p.pick_key = l.pick_key), "
      "(SELECT model_key FROM picks p WHERE p.pick_key = l.pick_key), "
      "(SELECT latitude_deg FROM instruments i JOIN stations USING (station_key) "
      "WHERE i.instrument_key = l.instrument_key), "
      "(SELECT longitude_deg FROM instruments i JOIN stations USING (station_key) "
      "WHERE i.instrument_key = l.instrument_key) FROM station_locations l";
  plan.time = "time_ns";
  plan.row_key = "location_key";
  plan.scope_key = "instrument_key";
  return with_keys(std::move(plan), database, query.scope, kSelectInstrumentKeys);
}

Result<ScanPlan> plan_completeness(Database& database, const CompletenessQuery& query) {
  ScanPlan plan = ordered_plan(query.scope);
  plan.select =
      "SELECT hour_ns, instrument_key, instrument_key, scored_s, masked_s, from_ns, to_ns "
      "FROM completeness";
  plan.time = "hour_ns";
  plan.row_key = "instrument_key";
  plan.scope_key = "instrument_key";
  if (query.scope.from) {
    plan.from_ns = to_ns(*query.scope.from - kHour) + 1;
  }
  return with_keys(std::move(plan), database, query.scope, kSelectInstrumentKeys);
}

Result<std::vector<StationRow>> read_stations(Database& database, const Scope& scope) {
  Result<Statement> statement = database.prepare(fmt::format(
      "SELECT s.network, s.station, s.latitude_deg, s.longitude_deg, s.elevation_m, s.site, "
      "group_concat(i.location || '.' || i.band || i.source || c.subsource, ' '), "
      "min(c.first_sample_ns), max(c.last_sample_ns) "
      "FROM stations s LEFT JOIN instruments i USING (station_key) "
      "LEFT JOIN channels c USING (instrument_key) WHERE 1 {} "
      "GROUP BY s.network, s.station ORDER BY s.network {}, s.station {} {}",
      station_filter(scope),
      scope.newest_first ? "DESC" : "ASC",
      scope.newest_first ? "DESC" : "ASC",
      scope.limit ? fmt::format("LIMIT {}", *scope.limit) : ""));
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  bind_station_filter(*statement, scope);
  const auto real = [&](int column) {
    return statement->is_null(column) ? std::nullopt : std::optional(statement->real(column));
  };
  const auto time = [&](int column) {
    return statement->is_null(column) ? std::nullopt
                                      : std::optional(time_from_ns(statement->integer(column)));
  };
  std::vector<StationRow> rows;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      return rows;
    }
    rows.push_back({{std::string(statement->text(0)), std::string(statement->text(1))},
                    real(2),
                    real(3),
                    real(4),
                    std::string(statement->text(5)),
                    std::string(statement->text(6)),
                    time(7),
                    time(8)});
  }
}

}  // namespace geod::storage
