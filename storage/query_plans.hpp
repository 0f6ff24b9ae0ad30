#pragma once

#include <vector>

#include "core/error.hpp"
#include "storage/database.hpp"
#include "storage/ordered_scan.hpp"
#include "storage/query.hpp"

namespace geod::storage {

/// Turn a query into a scan: its stations and region become keys. The scan's own parameters are
/// bound by the function beside it.
Result<ScanPlan> plan_picks(Database& database, const PickQuery& query);
void bind_picks(Statement& statement, const PickQuery& query);
Result<ScanPlan> plan_continuity(Database& database, const ContinuityQuery& query);
void bind_continuity(Statement& statement, const ContinuityQuery& query);
Result<ScanPlan> plan_locations(Database& database, const LocationQuery& query);
Result<ScanPlan> plan_completeness(Database& database, const CompletenessQuery& query);

/// Order, bounds of time and limit of `scope`; the table and its scope keys are the caller's.
ScanPlan ordered_plan(const Scope& scope);
/// Runs `statement`, whose parameters are bound, for the integers of its first column.
Result<std::vector<std::int64_t>> read_keys(Statement& statement);

/// The answer is small: one row a station.
Result<std::vector<StationRow>> read_stations(Database& database, const Scope& scope);

}  // namespace geod::storage
