#include "storage/fibre_plans.hpp"

#include <utility>

#include "storage/query_plans.hpp"

namespace geod::storage {
namespace {

constexpr Duration kHour = std::chrono::hours{1};

/// `plan` for the fibres that the scope's names leave, none where a region is asked for.
Result<ScanPlan> with_fibres(ScanPlan plan, Database& database, const Scope& scope) {
  plan.scope_key = "fibre_key";
  if (scope.region) {
    plan.scope_keys.emplace();
    return plan;
  }
  if (scope.stations.empty()) {
    return plan;
  }
  std::string sql = "SELECT fibre_key FROM fibres WHERE";
  for (std::size_t i = 0; i < scope.stations.size(); ++i) {
    sql += i == 0 ? " fibre_id GLOB ?" : " OR fibre_id GLOB ?";
  }
  Result<Statement> statement = database.prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  for (std::size_t i = 0; i < scope.stations.size(); ++i) {
    statement->bind(static_cast<int>(i) + 1, std::string_view(scope.stations[i]));
  }
  Result<std::vector<std::int64_t>> keys = read_keys(*statement);
  if (!keys) {
    return tl::unexpected(keys.error());
  }
  plan.scope_keys = std::move(*keys);
  return plan;
}

}  // namespace

Result<ScanPlan> plan_detections(Database& database, const DetectionQuery& query) {
  ScanPlan plan = ordered_plan(query.scope);
  plan.select =
      "SELECT from_ns, detection_key, fibre_key, detection_id, to_ns, first_channel, last_channel, "
      "channels, channel_spacing_m, mean_probability, max_probability, apparent_velocity_m_s, "
      "p_arrivals, s_arrivals, model_key, adapter_key, run_key, inserted_ns FROM detections";
  plan.time = "from_ns";
  plan.row_key = "detection_key";
  plan.conditions = "AND mean_probability >= ?5 AND channels >= ?6";
  if (query.scope.from) {
    // One that began before `from` may reach into the span, by no more than the longest one lasts.
    const Result<std::int64_t> longest =
        database.query_integer("SELECT ifnull(max(to_ns - from_ns), 0) FROM detections");
    if (!longest) {
      return tl::unexpected(longest.error());
    }
    plan.from_ns = to_ns(*query.scope.from) - *longest;
    plan.conditions += " AND to_ns > ?7";
  }
  plan.conditions += query.first_channel ? " AND last_channel >= ?8" : "";
  plan.conditions += query.last_channel ? " AND first_channel <= ?9" : "";
  if (query.model_id) {
    plan.conditions += " AND model_key IN (SELECT model_key FROM models WHERE model_id GLOB ?10)";
  }
  if (query.adapter_id) {
    plan.conditions +=
        query.adapter_id->empty()
            ? " AND adapter_key IS NULL"
            : " AND adapter_key IN (SELECT adapter_key FROM adapters WHERE adapter_id GLOB ?11)";
  }
  return with_fibres(std::move(plan), database, query.scope);
}

void bind_detections(Statement& statement, const DetectionQuery& query) {
  statement.bind(5, query.min_probability);
  statement.bind(6, query.min_channels);
  if (query.scope.from) {
    statement.bind(7, std::int64_t{to_ns(*query.scope.from)});
  }
  if (query.first_channel) {
    statement.bind(8, *query.first_channel);
  }
  if (query.last_channel) {
    statement.bind(9, *query.last_channel);
  }
  if (query.model_id) {
    statement.bind(10, std::string_view(*query.model_id));
  }
  if (query.adapter_id && !query.adapter_id->empty()) {
    statement.bind(11, std::string_view(*query.adapter_id));
  }
}

Result<ScanPlan> plan_fibre_gaps(Database& database, const ContinuityQuery& query) {
  ScanPlan plan = ordered_plan(query.scope);
  plan.select = "SELECT from_ns, gap_key, fibre_key, to_ns, kind, detail FROM fibre_gaps";
  plan.time = "from_ns";
  plan.row_key = "gap_key";
  // As for channels: what began before `from` may reach into the span.
  plan.from_ns = std::numeric_limits<std::int64_t>::min();
  plan.conditions = query.scope.from ? "AND (to_ns > ?5 OR from_ns >= ?5)" : "";
  plan.conditions += query.kind ? " AND kind = ?6" : "";
  return with_fibres(std::move(plan), database, query.scope);
}

Result<ScanPlan> plan_fibre_completeness(Database& database, const CompletenessQuery& query) {
  ScanPlan plan = ordered_plan(query.scope);
  plan.select =
      "SELECT hour_ns, fibre_key, fibre_key, scored_s, masked_s, from_ns, to_ns, channels "
      "FROM fibre_completeness";
  plan.time = "hour_ns";
  plan.row_key = "fibre_key";
  if (query.scope.from) {
    plan.from_ns = to_ns(*query.scope.from - kHour) + 1;
  }
  return with_fibres(std::move(plan), database, query.scope);
}

}  // namespace geod::storage
