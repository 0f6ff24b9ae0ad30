#pragma once

#include <cstdint>
#include <vector>

#include "core/continuity.hpp"
#include "core/error.hpp"
#include "storage/database.hpp"
#include "storage/names.hpp"
#include "storage/query.hpp"
#include "storage/stored_pick.hpp"

namespace geod::storage {

/// Rows of the scans of query_plans as the structs that Reader gives. Belongs to the thread of its
/// database and goes before it.
class RowReader {
 public:
  static Result<RowReader> make(Database& database);

  Result<StoredPick> pick(const Statement& row, bool with_estimates);
  Result<StoredLocation> location(const Statement& row);
  Result<ContinuityRow> continuity(const Statement& row);
  Result<CompletenessRow> completeness(const Statement& row);

  Names& names() { return names_; }

 private:
  explicit RowReader(Names names) : names_(std::move(names)) {}
  Result<void> read_estimates(StoredPick& stored);

  Names names_;
  Statement find_estimates_;
};

}  // namespace geod::storage
