#include "storage/hour_details.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace geod::storage {
namespace {

using Spans = std::vector<std::pair<std::int64_t, std::int64_t>>;

constexpr Duration kHour = std::chrono::hours{1};

/// Seconds of [from_ns, to_ns) that `spans`, ascending in their starts, cover together.
double covered_s(const Spans& spans, std::int64_t from_ns, std::int64_t to_ns) {
  std::int64_t covered_ns = 0;
  std::int64_t done_ns = from_ns;
  for (const auto& [begin_ns, end_ns] : spans) {
    const std::int64_t begin = std::max(begin_ns, done_ns);
    const std::int64_t end = std::min(end_ns, to_ns);
    if (end > begin) {
      covered_ns += end - begin;
      done_ns = end;
    }
  }
  return to_seconds(Duration{covered_ns});
}

}  // namespace

Result<HourDetails> HourDetails::make(Database& database) {
  HourDetails details;
  const std::array<std::pair<Statement*, std::string_view>, 4> statements{{
      {&details.find_losses_,
       "SELECT c.instrument_key, k.from_ns, k.to_ns, k.kind FROM continuity k "
       "JOIN channels c USING (channel_key) WHERE k.kind IN ('gap', 'shed') "
       "AND k.from_ns >= ?1 - (SELECT ifnull(max(to_ns - from_ns), 0) FROM continuity) "
       "AND k.from_ns < ?2 AND k.to_ns > ?1 ORDER BY k.from_ns"},
      {&details.find_fibre_losses_,
       "SELECT fibre_key, from_ns, to_ns, kind FROM fibre_gaps WHERE kind IN ('missing', 'shed') "
       "AND from_ns >= ?1 - (SELECT ifnull(max(to_ns - from_ns), 0) FROM fibre_gaps) "
       "AND from_ns < ?2 AND to_ns > ?1 ORDER BY from_ns"},
      {&details.find_makers_,
       "SELECT model_key, adapter_key FROM completeness_makers "
       "WHERE instrument_key = ? AND hour_ns = ?"},
      {&details.find_fibre_makers_,
       "SELECT model_key, adapter_key FROM fibre_completeness_makers "
       "WHERE fibre_key = ? AND hour_ns = ?"},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return details;
}

Result<HourDetails::LossesByKey> HourDetails::read_losses(Statement& find,
                                                          std::int64_t from_ns,
                                                          std::int64_t to_ns) {
  LossesByKey losses;
  find.bind_all(from_ns, to_ns);
  Result<bool> row = find.step();
  for (; row && *row; row = find.step()) {
    Losses& of_key = losses[find.integer(0)];
    (find.text(3) == "shed" ? of_key.shed : of_key.gapped)
        .emplace_back(find.integer(1), find.integer(2));
  }
  find.reset();
  if (!row) {
    return tl::unexpected(row.error());
  }
  return losses;
}

Result<void> HourDetails::read_makers(Statement& find, CompletenessRow& row, Names& names) {
  find.bind_all(row.key, std::int64_t{to_ns(row.completeness.hour)});
  Result<bool> more = find.step();
  Result<void> read;
  for (; read && more && *more; more = find.step()) {
    if (const std::int64_t adapter_key = find.integer(1); adapter_key != 0) {
      const Result<const Names::Adapter*> adapter = names.adapter(adapter_key);
      read = adapter ? Result<void>{} : tl::unexpected(adapter.error());
      row.makers.push_back(adapter ? (*adapter)->adapter_id : std::string{});
    } else {
      const Result<const Names::Model*> model = names.model(find.integer(0));
      read = model ? Result<void>{} : tl::unexpected(model.error());
      row.makers.push_back(model ? (*model)->model_id : std::string{});
    }
  }
  find.reset();
  return more ? read : tl::unexpected(more.error());
}

Result<void> HourDetails::fill(std::span<CompletenessRow> rows, Names& names) {
  if (rows.empty()) {
    return {};
  }
  const Time one_end = rows.front().completeness.hour;
  const Time other_end = rows.back().completeness.hour;
  const std::int64_t from_ns = to_ns(std::min(one_end, other_end));
  const std::int64_t to_ns_of_all = to_ns(std::max(one_end, other_end) + kHour);
  const auto losses = read_losses(find_losses_, from_ns, to_ns_of_all);
  const auto fibre_losses = read_losses(find_fibre_losses_, from_ns, to_ns_of_all);
  if (!losses || !fibre_losses) {
    return tl::unexpected(losses ? fibre_losses.error() : losses.error());
  }
  for (CompletenessRow& row : rows) {
    const bool is_fibre = row.channels.has_value();
    const LossesByKey& of_kind = is_fibre ? *fibre_losses : *losses;
    if (const auto lost = of_kind.find(row.key); lost != of_kind.end()) {
      const std::int64_t hour_ns = to_ns(row.completeness.hour);
      row.gapped_s = covered_s(lost->second.gapped, hour_ns, hour_ns + kHour.count());
      row.shed_s = covered_s(lost->second.shed, hour_ns, hour_ns + kHour.count());
    }
    Statement& find = is_fibre ? find_fibre_makers_ : find_makers_;
    if (const Result<void> read = read_makers(find, row, names); !read) {
      return read;
    }
  }
  return {};
}

}  // namespace geod::storage
