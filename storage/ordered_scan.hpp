#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "storage/database.hpp"

namespace geod::storage {

/// A place in the order of a scan: by time, then plan, then row key.
struct ScanPosition {
  std::int64_t time_ns = 0;
  std::size_t plan = 0;
  std::int64_t row_key = 0;
  auto operator<=>(const ScanPosition&) const = default;
};

/// Which rows, in which order. All columns named here are integers.
struct ScanPlan {
  std::string select;  ///< "SELECT time, row key, scope key, ... FROM table": these three first
  std::string time;    ///< the columns' names
  std::string row_key;
  std::string scope_key;
  std::string conditions;  ///< "AND ..." with parameters from ?5 on, or empty

  /// Inclusive bounds of the time.
  std::int64_t from_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t to_ns = std::numeric_limits<std::int64_t>::max();
  bool newest_first = false;
  /// Rows of these scope keys; nothing: all rows.
  std::optional<std::vector<std::int64_t>> scope_keys;
};

/// Walks rows in the order of time by an index, without sorting, from any place on.
///
/// For few scope keys one statement each on the index (scope key, time), merged; for many one
/// statement on the index (time) with the others passed over. Several plans, each of a table of its
/// own, are merged likewise. Keep one read transaction open around it, so that all statements see
/// the same rows.
class OrderedScan {
 public:
  /// The most statements that are merged.
  static constexpr std::size_t kMaxMerged = 512;

  /// `plans` agree on the order. `after`: the last row that is not wanted again.
  /// `bind_conditions(statement)` binds ?5 on, of every plan.
  template <class BindConditions>
  static Result<OrderedScan> start(Database& database,
                                   std::span<const ScanPlan> plans,
                                   std::optional<ScanPosition> after,
                                   const BindConditions& bind_conditions) {
    Result<OrderedScan> scan = prepare(database, plans, after);
    if (scan) {
      for (Statement& statement : scan->statements_) {
        bind_conditions(statement);
      }
    }
    return scan;
  }

  /// The statement that stands on the next row, or null at the end.
  Result<const Statement*> next();
  /// Of the row that next() gave last.
  ScanPosition position() const { return position_of(*given_); }

  /// The statement of the scan: parameters ?1 and ?2 bound the time, ?3 is the scope key (when
  /// `merged`), ?4 the row key to start after, ?5 and on belong to plan.conditions.
  static std::string sql(const ScanPlan& plan, bool merged);

 private:
  static Result<OrderedScan> prepare(Database& database,
                                     std::span<const ScanPlan> plans,
                                     std::optional<ScanPosition> after);
  /// Adds the statements of one plan.
  Result<void> add(Database& database,
                   const ScanPlan& plan,
                   std::size_t plan_number,
                   std::optional<ScanPosition> after);
  /// Steps statement `index` to its next wanted row; puts it on the heap unless it is done.
  Result<void> advance(std::size_t index);
  bool is_later(std::size_t a, std::size_t b) const;
  bool is_wanted(std::size_t index) const;
  ScanPosition position_of(std::size_t index) const;

  std::vector<Statement> statements_;
  std::vector<std::size_t> plan_of_;       // each statement's plan
  std::vector<std::size_t> heap_;          // indexes of statements on a row, next one at the front
  std::vector<std::vector<bool>> wanted_;  // a plan's, by scope key; empty: all
  std::optional<std::size_t> given_;       // the statement whose row next() gave last
  bool started_ = false;
  bool newest_first_ = false;
};

}  // namespace geod::storage
