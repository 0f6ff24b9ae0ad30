#include "storage/arrival_reader.hpp"

#include <array>
#include <utility>

#include "storage/query_plans.hpp"

namespace geod::storage {
namespace {

std::string id_text(std::int64_t bits) {
  return fmt::format("{:016x}", static_cast<std::uint64_t>(bits));
}
Phase phase_of(std::string_view word) {
  return word == "S" ? Phase::kS : Phase::kP;
}

constexpr std::string_view kFibrePickColumns =
    "SELECT d.detection_key, d.detection_id, d.fibre_key, d.model_key, d.adapter_key, "
    "d.inserted_ns, p.phase, p.channel, p.first_channel, p.last_channel, p.arrivals, p.time_ns, "
    "p.uncertainty_s, p.probability, ifnull(d.channel_spacing_m, 0.0) FROM detections d JOIN "
    "fibre_picks p USING (detection_key)";

}  // namespace

Result<ArrivalReader> ArrivalReader::make(Database& database) {
  ArrivalReader reader;
  reader.file_ = database.file();
  const Result<ScanPlan> picks = plan_picks(database, {});
  if (!picks) {
    return tl::unexpected(picks.error());
  }
  const std::array<std::pair<Statement*, std::string>, 6> statements{{
      {&reader.find_arrivals_,
       "SELECT a.phase, residual_s, distance_km, azimuth_deg, back_azimuth_residual_deg, weight, "
       "a.pick_key, a.detection_key, fibre_phase, fibre_channel, p.pick_id, d.detection_id "
       "FROM origin_arrivals a LEFT JOIN picks p USING (pick_key) "
       "LEFT JOIN detections d ON d.detection_key = a.detection_key "
       "WHERE version_key = ? ORDER BY number"},
      {&reader.find_pick_, picks->select + " WHERE pick_key = ?"},
      {&reader.find_fibre_pick_,
       fmt::format("{} WHERE d.detection_key = ? AND p.phase = ? AND p.channel = ?",
                   kFibrePickColumns)},
      {&reader.picks_after_, picks->select + " WHERE pick_key > ? ORDER BY pick_key LIMIT ?"},
      {&reader.fibre_picks_after_,
       fmt::format("{} WHERE d.detection_key IN (SELECT DISTINCT detection_key FROM fibre_picks "
                   "WHERE detection_key > ? ORDER BY detection_key LIMIT ?) "
                   "ORDER BY d.detection_key, p.phase, p.channel",
                   kFibrePickColumns)},
      {&reader.fibre_picks_between_,
       fmt::format("{} WHERE d.from_ns >= ?1 - (SELECT ifnull(max(to_ns - from_ns), 0) "
                   "FROM detections) AND d.from_ns < ?2 AND d.to_ns > ?1 "
                   "ORDER BY d.detection_key, p.phase, p.channel",
                   kFibrePickColumns)},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return reader;
}

Result<std::vector<ArrivalReader::ArrivalKeys>> ArrivalReader::read_arrivals(
    std::int64_t version_key) {
  Statement& row = find_arrivals_;
  std::vector<ArrivalKeys> all;
  row.bind_all(version_key);
  Result<bool> more = row.step();
  for (; more && *more; more = row.step()) {
    ArrivalKeys one;
    one.arrival = {
        {}, phase_of(row.text(0)), row.real(1), row.real(2), row.real(3), row.real(4), row.real(5)};
    one.pick_key = row.integer(6);  // 0 where NULL
    one.detection_key = row.integer(7);
    one.fibre_phase = row.text(8);
    one.fibre_channel = row.integer(9);
    one.arrival.pick_id =
        one.pick_key != 0
            ? id_text(row.integer(10))
            : fmt::format("{}:{}:{}", id_text(row.integer(11)), one.fibre_phase, one.fibre_channel);
    all.push_back(std::move(one));
  }
  row.reset();
  if (!more) {
    return tl::unexpected(more.error());
  }
  return all;
}

Result<std::vector<OriginArrival>> ArrivalReader::arrivals(std::int64_t version_key) {
  auto keyed = read_arrivals(version_key);
  if (!keyed) {
    return tl::unexpected(keyed.error());
  }
  std::vector<OriginArrival> arrivals;
  arrivals.reserve(keyed->size());
  for (ArrivalKeys& one : *keyed) {
    arrivals.push_back(std::move(one.arrival));
  }
  return arrivals;
}

Result<std::vector<StoredArrival>> ArrivalReader::arrivals_with_picks(std::int64_t version_key,
                                                                      RowReader& rows) {
  auto keyed = read_arrivals(version_key);
  if (!keyed) {
    return tl::unexpected(keyed.error());
  }
  std::vector<StoredArrival> arrivals;
  arrivals.reserve(keyed->size());
  for (ArrivalKeys& one : *keyed) {
    const bool is_fibre = one.detection_key != 0;
    Statement& find = is_fibre ? find_fibre_pick_ : find_pick_;
    if (is_fibre) {
      find.bind_all(one.detection_key, one.fibre_phase, one.fibre_channel);
    } else {
      find.bind_all(one.pick_key);
    }
    const Result<bool> row = find.step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    Result<void> read;
    StoredArrival stored{std::move(one.arrival), {}};
    if (!*row) {
      read = fail(Errc::kCorruptRecord,
                  "{}: the pick {} of an arrival is not there; the database is damaged, restore a "
                  "backup",
                  file_,
                  stored.arrival.pick_id);
    } else if (is_fibre) {
      Result<StoredFibrePick> pick = fibre_pick(find, rows.names());
      read = pick ? Result<void>{} : tl::unexpected(pick.error());
      stored.pick = pick ? std::move(*pick) : StoredFibrePick{};
    } else {
      Result<StoredPick> pick = rows.pick(find, true);
      read = pick ? Result<void>{} : tl::unexpected(pick.error());
      stored.pick = pick ? std::move(*pick) : StoredPick{};
    }
    find.reset();
    if (!read) {
      return tl::unexpected(read.error());
    }
    arrivals.push_back(std::move(stored));
  }
  return arrivals;
}

Result<StoredFibrePick> ArrivalReader::fibre_pick(const Statement& row, Names& names) {
  const Result<const std::string*> fibre = names.fibre(row.integer(2));
  const Result<const Names::Model*> model = names.model(row.integer(3));
  if (!fibre || !model) {
    return tl::unexpected(fibre ? model.error() : fibre.error());
  }
  StoredFibrePick stored;
  stored.detection_key = row.integer(0);
  stored.detection_id = id_text(row.integer(1));
  stored.fibre_id = **fibre;
  stored.model_id = (*model)->model_id;
  if (!row.is_null(4)) {
    const Result<const Names::Adapter*> adapter = names.adapter(row.integer(4));
    if (!adapter) {
      return tl::unexpected(adapter.error());
    }
    stored.adapter_id = (*adapter)->adapter_id;
  }
  stored.inserted = time_from_ns(row.integer(5));
  stored.pick = {row.integer(7),
                 row.integer(8),
                 row.integer(9),
                 static_cast<int>(row.integer(10)),
                 phase_of(row.text(6)),
                 time_from_ns(row.integer(11)),
                 row.real(12),
                 row.real(13)};
  stored.channel_spacing_m = row.real(14);
  return stored;
}

Result<std::vector<StoredFibrePick>> ArrivalReader::fibre_picks(Statement& statement,
                                                                Names& names) {
  std::vector<StoredFibrePick> picks;
  Result<bool> more = statement.step();
  Result<void> read;
  for (; more && *more; more = statement.step()) {
    Result<StoredFibrePick> pick = fibre_pick(statement, names);
    if (!pick) {
      read = tl::unexpected(pick.error());
      break;
    }
    picks.push_back(std::move(*pick));
  }
  statement.reset();
  if (!read || !more) {
    return tl::unexpected(read ? more.error() : read.error());
  }
  return picks;
}

Result<std::vector<StoredFibrePick>> ArrivalReader::fibre_picks_after(std::int64_t detection_key,
                                                                      std::size_t limit,
                                                                      Names& names) {
  fibre_picks_after_.bind_all(detection_key, static_cast<std::int64_t>(limit));
  return fibre_picks(fibre_picks_after_, names);
}

Result<std::vector<StoredFibrePick>> ArrivalReader::fibre_picks_between(Time from,
                                                                        Time to,
                                                                        Names& names) {
  fibre_picks_between_.bind_all(std::int64_t{to_ns(from)}, std::int64_t{to_ns(to)});
  return fibre_picks(fibre_picks_between_, names);
}

Result<std::vector<StoredPick>> ArrivalReader::picks_after(std::int64_t pick_key,
                                                           std::size_t limit,
                                                           RowReader& rows) {
  std::vector<StoredPick> picks;
  picks_after_.bind_all(pick_key, static_cast<std::int64_t>(limit));
  Result<bool> more = picks_after_.step();
  Result<void> read;
  for (; more && *more; more = picks_after_.step()) {
    Result<StoredPick> pick = rows.pick(picks_after_, true);
    if (!pick) {
      read = tl::unexpected(pick.error());
      break;
    }
    picks.push_back(std::move(*pick));
  }
  picks_after_.reset();
  if (!read || !more) {
    return tl::unexpected(read ? more.error() : read.error());
  }
  return picks;
}

}  // namespace geod::storage
