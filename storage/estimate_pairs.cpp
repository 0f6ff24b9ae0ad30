#include "storage/estimate_pairs.hpp"

#include <optional>

namespace geod::storage {

Result<std::vector<EstimatePair>> read_estimate_pairs(Database& database,
                                                      const EstimatePairQuery& query) {
  Result<Statement> statement = database.prepare(
      "WITH told AS (SELECT p.time_ns FROM estimates e JOIN adapters a USING (adapter_key) "
      "              JOIN picks p USING (pick_key) "
      "              WHERE e.task = ?1 AND e.role = 'shadow' AND a.adapter_id = ?3), "
      "     span AS (SELECT ifnull(?4, (SELECT min(time_ns) FROM told)) AS first, "
      "                     ifnull(?5, (SELECT max(time_ns) + 1 FROM told)) AS after) "
      "SELECT p.time_ns, "
      "  (SELECT value FROM estimates e JOIN adapters a USING (adapter_key) "
      "   WHERE e.pick_key = p.pick_key AND e.task = ?1 AND e.role = 'active' "
      "     AND (?2 = '' OR a.adapter_id = ?2) ORDER BY e.inserted_ns DESC LIMIT 1) AS active, "
      "  (SELECT value FROM estimates e JOIN adapters a USING (adapter_key) "
      "   WHERE e.pick_key = p.pick_key AND e.task = ?1 AND e.role = 'shadow' "
      "     AND a.adapter_id = ?3 ORDER BY e.inserted_ns DESC LIMIT 1) AS candidate "
      "FROM picks p, span WHERE p.phase = 'P' AND p.time_ns >= span.first "
      "  AND p.time_ns < span.after ORDER BY p.time_ns");
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  const auto ns = [](const std::optional<Time>& time) {
    return time ? std::optional(to_ns(*time)) : std::nullopt;
  };
  statement->bind_all(query.task, query.active, query.candidate, ns(query.from), ns(query.to));
  const auto value = [&](int column) {
    return statement->is_null(column) ? std::nullopt : std::optional(statement->real(column));
  };
  std::vector<EstimatePair> pairs;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      return pairs;
    }
    if (!statement->is_null(1) || !statement->is_null(2)) {
      pairs.push_back({time_from_ns(statement->integer(0)), value(1), value(2)});
    }
  }
}

}  // namespace geod::storage
