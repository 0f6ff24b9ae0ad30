#include "storage/ordered_scan.hpp"

#include <algorithm>
#include <utility>

namespace geod::storage {

std::string OrderedScan::sql(const ScanPlan& plan, bool merged) {
  // A start after some row narrows the range to that row's time; ?4 leaves out the rows of that
  // time which were given already.
  return fmt::format(
      "{0} WHERE {1} BETWEEN ?1 AND ?2 AND ({1} {2} ?{3} OR {4} {2} ?4) {5} {6} "
      "ORDER BY {1} {7}, {4} {7}",
      plan.select,
      plan.time,
      plan.newest_first ? "<" : ">",
      plan.newest_first ? 2 : 1,
      plan.row_key,
      merged ? fmt::format("AND {} = ?3", plan.scope_key) : "",
      plan.conditions,
      plan.newest_first ? "DESC" : "ASC");
}

Result<OrderedScan> OrderedScan::prepare(Database& database,
                                         std::span<const ScanPlan> plans,
                                         std::optional<ScanPosition> after) {
  OrderedScan scan;
  scan.newest_first_ = plans.front().newest_first;
  scan.wanted_.resize(plans.size());
  for (std::size_t number = 0; number < plans.size(); ++number) {
    if (const Result<void> added = scan.add(database, plans[number], number, after); !added) {
      return tl::unexpected(added.error());
    }
  }
  return scan;
}

Result<void> OrderedScan::add(Database& database,
                              const ScanPlan& plan,
                              std::size_t plan_number,
                              std::optional<ScanPosition> after) {
  const bool merged = plan.scope_keys && plan.scope_keys->size() <= kMaxMerged;
  const std::string text = sql(plan, merged);
  constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
  std::int64_t from_ns = plan.from_ns;
  std::int64_t to_ns = plan.to_ns;
  std::int64_t key = plan.newest_first ? kHighest : kLowest;
  if (after) {
    (plan.newest_first ? to_ns : from_ns) = after->time_ns;
    // Rows of that very time: those of a lower plan were given before, or come after, all of it.
    key = plan_number < after->plan ? kHighest : kLowest;
    if (plan_number == after->plan) {
      key = after->row_key;
    }
  }
  const std::size_t count = merged ? plan.scope_keys->size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    Result<Statement> statement = database.prepare(text);
    if (!statement) {
      return tl::unexpected(statement.error());
    }
    statement->bind(1, from_ns);
    statement->bind(2, to_ns);
    statement->bind(4, key);
    if (merged) {
      statement->bind(3, (*plan.scope_keys)[i]);
    }
    statements_.push_back(std::move(*statement));
    plan_of_.push_back(plan_number);
  }
  if (plan.scope_keys && !merged) {
    std::vector<bool>& wanted = wanted_[plan_number];
    for (const std::int64_t each : *plan.scope_keys) {
      const auto slot = static_cast<std::size_t>(each);
      wanted.resize(std::max(wanted.size(), slot + 1), false);
      wanted[slot] = true;
    }
  }
  return {};
}

ScanPosition OrderedScan::position_of(std::size_t index) const {
  return {statements_[index].integer(0), plan_of_[index], statements_[index].integer(1)};
}

bool OrderedScan::is_later(std::size_t a, std::size_t b) const {
  const ScanPosition first = position_of(a);
  const ScanPosition second = position_of(b);
  return newest_first_ ? first < second : first > second;
}

bool OrderedScan::is_wanted(std::size_t index) const {
  const std::vector<bool>& wanted = wanted_[plan_of_[index]];
  if (wanted.empty()) {
    return true;
  }
  const auto slot = static_cast<std::size_t>(statements_[index].integer(2));
  return slot < wanted.size() && wanted[slot];
}

Result<void> OrderedScan::advance(std::size_t index) {
  Result<bool> row = statements_[index].step();
  while (row && *row && !is_wanted(index)) {
    row = statements_[index].step();
  }
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (*row) {
    heap_.push_back(index);
    std::push_heap(heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) {
      return is_later(a, b);
    });
  }
  return {};
}

Result<const Statement*> OrderedScan::next() {
  Result<void> moved;
  if (!started_) {
    started_ = true;
    for (std::size_t i = 0; moved && i < statements_.size(); ++i) {
      moved = advance(i);
    }
  } else if (given_) {
    moved = advance(*given_);
  }
  given_.reset();
  if (!moved) {
    return tl::unexpected(moved.error());
  }
  if (heap_.empty()) {
    return nullptr;
  }
  std::pop_heap(
      heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) { return is_later(a, b); });
  given_ = heap_.back();
  heap_.pop_back();
  return &statements_[*given_];
}

}  // namespace geod::storage
