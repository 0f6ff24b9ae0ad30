#include "storage/event_slabs.hpp"

#include <algorithm>
#include <utility>

namespace geod::storage {
namespace {

constexpr std::int64_t kFirstWanted = 500;
constexpr std::int64_t kMostWanted = 8'000;
constexpr double kFactor = 4.0;  // by which a span that led to too many or to few changes
constexpr double kFirstShare = 1.0 / 256;
// 32-bit floats of this century tell times apart that are 128 s apart.
constexpr double kNarrowest_s = 256.0;
constexpr double kNarrowestMagnitudes = 0.001;
constexpr double kLatest_s = 9.223372e9;  // the end of core/time's range, in the year 2262

/// From the first to the last event, a little more on both sides.
Result<OrderSpan> whole_order(Database& database, bool by_magnitude) {
  const char* const sql = by_magnitude
                              ? "SELECT (SELECT min(ifnull(magnitude, -1000.0)) FROM events), "
                                "(SELECT max(ifnull(magnitude, -1000.0)) FROM events)"
                              : "SELECT (SELECT min(time_ns) FROM events) / 1e9, "
                                "(SELECT max(time_ns) FROM events) / 1e9";
  Result<Statement> statement = database.prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  const Result<bool> row = statement->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  return OrderSpan{std::max(statement->real(0) - 1.0, -kLatest_s),
                   std::min(statement->real(1) + 1.0, kLatest_s)};
}

/// Cut by what the query asks of the order itself; a little more.
OrderSpan asked_for(OrderSpan span, const EventQuery& query) {
  const auto cut = [&](const std::optional<double>& low, const std::optional<double>& high) {
    span.from = low ? std::max(span.from, *low - 1.0) : span.from;
    span.to = high ? std::min(span.to, *high + 1.0) : span.to;
  };
  const auto seconds_of = [](const std::optional<Time>& time) {
    return time ? std::optional(to_seconds(time->time_since_epoch())) : std::nullopt;
  };
  if (is_by_magnitude(query.order)) {
    cut(query.min_magnitude, query.max_magnitude);
  } else {
    cut(seconds_of(query.from), seconds_of(query.to));
  }
  return span;
}

}  // namespace

Result<EventSlabs> EventSlabs::make(Database& database, const EventQuery& query) {
  const bool by_magnitude = is_by_magnitude(query.order);
  const Result<OrderSpan> whole = whole_order(database, by_magnitude);
  if (!whole) {
    return tl::unexpected(whole.error());
  }
  EventSlabs slabs;
  slabs.query_ = query;
  slabs.rest_ = asked_for(*whole, query);
  slabs.narrowest_ = by_magnitude ? kNarrowestMagnitudes : kNarrowest_s;
  slabs.width_ = (slabs.rest_.to - slabs.rest_.from) * kFirstShare;
  slabs.wanted_ = kFirstWanted;
  return slabs;
}

Result<std::optional<OrderSpan>> EventSlabs::next(Database& database) {
  const auto too_many = [this] { return static_cast<std::int64_t>(kFactor) * wanted_; };
  while (rest_.from < rest_.to) {
    width_ = std::max(width_, narrowest_);
    OrderSpan span = rest_;
    if (is_descending(query_.order)) {
      span.from = std::max(rest_.from, rest_.to - width_);
    } else {
      span.to = std::min(rest_.to, rest_.from + width_);
    }
    const Result<std::int64_t> events = count(database, span, too_many());
    if (!events) {
      return tl::unexpected(events.error());
    }
    if (*events >= too_many() && width_ > narrowest_) {
      width_ /= kFactor;
      continue;
    }
    (is_descending(query_.order) ? rest_.to : rest_.from) =
        is_descending(query_.order) ? span.from : span.to;
    width_ *= *events < wanted_ ? kFactor : 1.0;
    if (*events > 0) {
      wanted_ = std::min(2 * wanted_, kMostWanted);
      return span;
    }
  }
  return std::nullopt;
}

Result<std::int64_t> EventSlabs::count(Database& database,
                                       const OrderSpan& span,
                                       std::int64_t most) const {
  SqlValues values;
  const std::string source = in_ranges(values, query_, span);
  Result<Statement> statement = database.prepare(
      fmt::format("SELECT count(*) FROM (SELECT 1 FROM ({}) LIMIT {})", source, most));
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  values.bind(*statement);
  const Result<bool> row = statement->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  return statement->integer(0);
}

}  // namespace geod::storage
