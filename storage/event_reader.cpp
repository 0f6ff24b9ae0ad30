#include "storage/event_reader.hpp"

#include <array>
#include <optional>
#include <utility>

#include "storage/event_area.hpp"
#include "storage/event_plans.hpp"
#include "storage/event_words.hpp"
#include "storage/pick_writer.hpp"

namespace geod::storage {
namespace {

constexpr std::string_view kVersionColumns =
    "SELECT e.event_id, v.version, v.status, v.kind, v.time_ns, v.latitude_deg, v.longitude_deg, "
    "v.depth_km, v.time_sigma_s, v.depth_sigma_km, v.depth_is_fixed, v.ellipse_major_km, "
    "v.ellipse_minor_km, v.ellipse_major_azimuth_deg, v.covariance_east_km2, "
    "v.covariance_north_km2, v.covariance_east_north_km2, v.standard_error_s, "
    "v.azimuthal_gap_deg, v.nearest_station_km, v.phases, v.stations, v.quality, "
    "v.velocity_model, v.log_odds, v.version_key, v.inserted_ns, "
    "(SELECT other_event_id FROM event_links l WHERE l.version_key = v.version_key "
    "AND l.kind = 'split_from'), "
    "(SELECT other_event_id FROM event_links l WHERE l.version_key = v.version_key "
    "AND l.kind = 'merged_into')";

std::string id_text(std::int64_t bits) {
  return fmt::format("{:016x}", static_cast<std::uint64_t>(bits));
}
std::string id_text(const Statement& row, int column) {
  return row.is_null(column) ? std::string{} : id_text(row.integer(column));
}

/// From columns 4 to 23 of kVersionColumns, but for the quality.
Origin origin_of(const Statement& row) {
  Origin origin;
  origin.time = time_from_ns(row.integer(4));
  origin.latitude_deg = row.real(5);
  origin.longitude_deg = row.real(6);
  origin.depth_km = row.real(7);
  origin.time_sigma_s = row.real(8);
  origin.depth_sigma_km = row.real(9);
  origin.depth_is_fixed = row.integer(10) != 0;
  origin.ellipse = {row.real(11), row.real(12), row.real(13)};
  origin.covariance_east_km2 = row.real(14);
  origin.covariance_north_km2 = row.real(15);
  origin.covariance_east_north_km2 = row.real(16);
  origin.standard_error_s = row.real(17);
  origin.azimuthal_gap_deg = row.real(18);
  origin.nearest_station_km = row.real(19);
  origin.phases = static_cast<int>(row.integer(20));
  origin.stations = static_cast<int>(row.integer(21));
  origin.velocity_model = row.text(23);
  return origin;
}

bool is_in_area(const EventQuery& query, double latitude_deg, double longitude_deg) {
  return (!query.circle || is_inside(*query.circle, latitude_deg, longitude_deg)) &&
         (!query.polygon || is_inside(*query.polygon, latitude_deg, longitude_deg));
}

}  // namespace

Result<EventReader> EventReader::make(Database& database) {
  Result<ArrivalReader> arrivals = ArrivalReader::make(database);
  Result<MagnitudeReader> magnitudes = MagnitudeReader::make(database);
  Result<ReviewReader> reviews = ReviewReader::make(database);
  if (!arrivals || !magnitudes) {
    return tl::unexpected(arrivals ? magnitudes.error() : arrivals.error());
  }
  if (!reviews) {
    return tl::unexpected(reviews.error());
  }
  EventReader reader(std::move(*arrivals), std::move(*magnitudes), std::move(*reviews));
  reader.file_ = database.file();
  const std::array<std::pair<Statement*, std::string>, 7> statements{{
      {&reader.find_head_,
       "SELECT first_inserted_ns, updated_ns, ifnull(version_key, 0), ifnull(review_key, 0) "
       "FROM events WHERE event_key = ?"},
      {&reader.find_version_,
       fmt::format("{} FROM event_versions v JOIN events e USING (event_key) "
                   "WHERE v.version_key = ?",
                   kVersionColumns)},
      {&reader.find_versions_,
       fmt::format("{} FROM events e JOIN event_versions v USING (event_key) "
                   "WHERE e.event_id = ? ORDER BY v.version",
                   kVersionColumns)},
      {&reader.find_versions_after_,
       fmt::format("{} FROM event_versions v JOIN events e USING (event_key) "
                   "WHERE v.version_key > ? ORDER BY v.version_key LIMIT ?",
                   kVersionColumns)},
      {&reader.find_recent_,
       fmt::format("{} FROM events e JOIN event_versions v ON v.version_key = e.version_key "
                   "WHERE e.time_ns >= ? ORDER BY e.time_ns, e.event_key",
                   kVersionColumns)},
      {&reader.find_links_,
       "SELECT l.kind, other_event_id FROM event_links l JOIN event_versions USING (version_key) "
       "WHERE event_key = ? ORDER BY version"},
      // Of a merge the newest version of the other event tells whether it stands no more.
      {&reader.find_links_to_,
       "SELECT DISTINCT l.kind, e.event_id FROM event_links l "
       "JOIN event_versions v USING (version_key) JOIN events e USING (event_key) "
       "WHERE l.other_event_id = ? AND (l.kind = 'split_from' OR v.version_key = e.version_key) "
       "ORDER BY l.link_key"},
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

Result<std::vector<std::int64_t>> EventReader::find(Database& database, const EventQuery& query) {
  Result<EventPlans> plans = EventPlans::make(database, query);
  if (!plans) {
    return tl::unexpected(plans.error());
  }
  std::vector<std::int64_t> keys;
  std::size_t skip = query.offset;
  while (!query.limit || keys.size() < *query.limit) {
    const Result<std::optional<EventPlan>> plan = plans->next();
    if (!plan) {
      return tl::unexpected(plan.error());
    }
    if (!*plan) {
      break;
    }
    if (const Result<void> found = find(database, **plan, query, skip, keys); !found) {
      return tl::unexpected(found.error());
    }
  }
  return keys;
}

Result<void> EventReader::find(Database& database,
                               const EventPlan& plan,
                               const EventQuery& query,
                               std::size_t& skip,
                               std::vector<std::int64_t>& keys) {
  Result<Statement> statement = database.prepare(plan.sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  plan.values.bind(*statement);
  while (!query.limit || keys.size() < *query.limit) {
    const Result<bool> row = statement->step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      break;
    }
    if (!is_in_area(query, statement->real(1), statement->real(2))) {
      continue;
    }
    if (skip > 0) {
      --skip;
      continue;
    }
    keys.push_back(statement->integer(0));
  }
  return {};
}

Result<StoredVersion> EventReader::version(const Statement& row,
                                           bool with_contributions,
                                           Names& names) {
  const auto status = enum_of(row.text(2), EventStatus::kWithdrawn, file_);
  const auto kind = enum_of(row.text(3), EventKind::kFewStations, file_);
  const auto quality = enum_of(row.text(22), QualityClass::kD, file_);
  if (!status || !kind) {
    return tl::unexpected(status ? kind.error() : status.error());
  }
  if (!quality) {
    return tl::unexpected(quality.error());
  }
  StoredVersion stored;
  EventVersion& event = stored.change.event;
  event.event_id = id_text(row, 0);
  event.version = static_cast<int>(row.integer(1));
  event.status = *status;
  event.kind = *kind;
  event.origin = origin_of(row);
  event.origin.quality = *quality;
  event.log_odds = row.real(24);
  stored.version_key = row.integer(25);
  stored.inserted = time_from_ns(row.integer(26));
  stored.change.split_from = id_text(row, 27);
  stored.change.merged_into = id_text(row, 28);
  auto sizes = magnitudes_.magnitudes(stored.version_key, with_contributions, names);
  if (!sizes) {
    return tl::unexpected(sizes.error());
  }
  event.magnitudes = std::move(*sizes);
  if (with_contributions) {
    auto amplitudes = magnitudes_.uncounted(stored.version_key, names);
    if (!amplitudes) {
      return tl::unexpected(amplitudes.error());
    }
    event.uncounted_amplitudes = std::move(*amplitudes);
  }
  return stored;
}

Result<std::vector<StoredVersion>> EventReader::versions(Statement& statement, Names& names) {
  std::vector<StoredVersion> all;
  Result<bool> more = statement.step();
  Result<void> read;
  for (; read && more && *more; more = statement.step()) {
    Result<StoredVersion> stored = version(statement, true, names);
    if (!stored) {
      read = tl::unexpected(stored.error());
      break;
    }
    all.push_back(std::move(*stored));
  }
  statement.reset();
  if (!read || !more) {
    return tl::unexpected(read ? more.error() : read.error());
  }
  for (StoredVersion& stored : all) {
    auto arrivals = arrivals_.arrivals(stored.version_key);
    if (!arrivals) {
      return tl::unexpected(arrivals.error());
    }
    stored.change.event.arrivals = std::move(*arrivals);
  }
  return all;
}

Result<std::vector<StoredVersion>> EventReader::versions(std::string_view event_id, Names& names) {
  const std::optional<std::int64_t> bits = parse_pick_id(event_id);
  if (!bits) {
    return fail(Errc::kConfig,
                "'{}' is no id of an event: 16 hex digits, as geod catalog events lists them",
                event_id);
  }
  find_versions_.bind_all(*bits);
  auto all = versions(find_versions_, names);
  if (all && all->empty()) {
    return fail(
        Errc::kNotFound, "{}: no event {}; geod catalog events lists them", file_, event_id);
  }
  return all;
}

Result<std::vector<StoredVersion>> EventReader::versions_after(std::int64_t version_key,
                                                               std::size_t limit,
                                                               Names& names) {
  find_versions_after_.bind_all(version_key, static_cast<std::int64_t>(limit));
  return versions(find_versions_after_, names);
}

Result<std::vector<EventVersion>> EventReader::recent(Time since, Names& names) {
  find_recent_.bind_all(std::int64_t{to_ns(since)});
  auto all = versions(find_recent_, names);
  if (!all) {
    return tl::unexpected(all.error());
  }
  std::vector<EventVersion> events;
  events.reserve(all->size());
  for (StoredVersion& stored : *all) {
    events.push_back(std::move(stored.change.event));
  }
  return events;
}

Result<StoredEvent> EventReader::event(std::int64_t event_key,
                                       const EventQuery& query,
                                       RowReader& rows) {
  find_head_.bind_all(event_key);
  const Result<bool> row = find_head_.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (!*row) {
    find_head_.reset();
    return fail(Errc::kCorruptRecord,
                "{}: no event with key {}; the database is damaged, restore a backup",
                file_,
                event_key);
  }
  StoredEvent stored;
  stored.event.version = 0;
  stored.event_key = event_key;
  stored.first_inserted = time_from_ns(find_head_.integer(0));
  stored.inserted = time_from_ns(find_head_.integer(1));
  const std::int64_t version_key = find_head_.integer(2);
  const std::int64_t review_key = find_head_.integer(3);
  find_head_.reset();
  if (version_key != 0) {
    if (const Result<void> read = read_version(stored, version_key, query, rows); !read) {
      return tl::unexpected(read.error());
    }
  }
  if (review_key != 0) {
    auto reviews = reviews_.reviews(event_key, review_key, query.with_arrivals);
    if (!reviews) {
      return tl::unexpected(reviews.error());
    }
    stored.reviewed = std::move(*reviews);
  }
  return stored;
}

Result<void> EventReader::read_version(StoredEvent& stored,
                                       std::int64_t version_key,
                                       const EventQuery& query,
                                       RowReader& rows) {
  find_version_.bind_all(version_key);
  const Result<bool> row = find_version_.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  Result<StoredVersion> newest =
      *row ? version(find_version_, query.with_contributions, rows.names())
           : fail(Errc::kCorruptRecord,
                  "{}: no version with key {}; the database is damaged, restore a backup",
                  file_,
                  version_key);
  find_version_.reset();
  if (!newest) {
    return tl::unexpected(newest.error());
  }
  stored.event = std::move(newest->change.event);
  if (query.with_arrivals) {
    auto arrivals = arrivals_.arrivals_with_picks(version_key, rows);
    if (!arrivals) {
      return tl::unexpected(arrivals.error());
    }
    stored.arrivals = std::move(*arrivals);
    for (const StoredArrival& each : stored.arrivals) {
      stored.event.arrivals.push_back(each.arrival);
    }
  }
  return read_links(stored);
}

Result<void> EventReader::read_links(StoredEvent& stored) {
  find_links_.bind_all(stored.event_key);
  Result<bool> more = find_links_.step();
  for (; more && *more; more = find_links_.step()) {
    const bool is_split = find_links_.text(0) == "split_from";
    (is_split ? stored.split_from : stored.merged_into) = id_text(find_links_, 1);
  }
  find_links_.reset();
  if (stored.event.status != EventStatus::kWithdrawn) {
    stored.merged_into.clear();  // it was told again after that
  }
  return more ? read_links_to(stored) : tl::unexpected(more.error());
}

Result<void> EventReader::read_links_to(StoredEvent& stored) {
  find_links_to_.bind_all(parse_pick_id(stored.event.event_id));
  Result<bool> more = find_links_to_.step();
  for (; more && *more; more = find_links_to_.step()) {
    const bool is_split = find_links_to_.text(0) == "split_from";
    (is_split ? stored.split_off : stored.merged_from).push_back(id_text(find_links_to_, 1));
  }
  find_links_to_.reset();
  return more ? Result<void>{} : tl::unexpected(more.error());
}

}  // namespace geod::storage
