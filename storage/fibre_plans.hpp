#pragma once

#include "core/error.hpp"
#include "storage/database.hpp"
#include "storage/ordered_scan.hpp"
#include "storage/query.hpp"

namespace geod::storage {

/// As query_plans, for the tables of fibres. Parameters of gaps are bound by bind_continuity.
Result<ScanPlan> plan_detections(Database& database, const DetectionQuery& query);
void bind_detections(Statement& statement, const DetectionQuery& query);
Result<ScanPlan> plan_fibre_gaps(Database& database, const ContinuityQuery& query);
Result<ScanPlan> plan_fibre_completeness(Database& database, const CompletenessQuery& query);

}  // namespace geod::storage
