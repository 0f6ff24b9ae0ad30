#include "storage/event_heads.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace geod::storage {
namespace {

// Place and time are those of nothing until settle() takes them from a version or a review.
constexpr std::string_view kInsert =
    "INSERT INTO events (event_id, first_inserted_ns, updated_ns, time_ns, latitude_deg, "
    "longitude_deg) VALUES (?1, ?2, ?2, 0, 0.0, 0.0)";
// Of reviews those by people come first, then the one made last; where files do not tell when, the
// one that was imported last.
constexpr std::string_view kChoose =
    "UPDATE events SET updated_ns = ?2, version_key = (SELECT version_key FROM event_versions "
    "WHERE event_key = ?1 ORDER BY version DESC LIMIT 1), "
    "review_key = (SELECT review_key FROM reviews WHERE event_key = ?1 "
    "ORDER BY evaluation_mode = 'manual' DESC, created_ns DESC NULLS LAST, review_key DESC "
    "LIMIT 1) WHERE event_key = ?1";
constexpr std::string_view kTakeVersion =
    "UPDATE events SET (is_withdrawn, time_ns, latitude_deg, longitude_deg, depth_km, magnitude, "
    "magnitude_type, quality) = (SELECT v.status = 'withdrawn', v.time_ns, v.latitude_deg, "
    "v.longitude_deg, v.depth_km, m.value, m.type, v.quality FROM event_versions v "
    "LEFT JOIN magnitudes m ON m.version_key = v.version_key AND m.rank = 0 "
    "WHERE v.version_key = events.version_key) "
    "WHERE event_key = ? AND version_key IS NOT NULL AND review_key IS NULL";
// What a person found to be no event is withdrawn; what a person confirmed is not.
constexpr std::string_view kTakeReview =
    "UPDATE events SET (is_withdrawn, time_ns, latitude_deg, longitude_deg, depth_km, magnitude, "
    "magnitude_type, quality) = (SELECT r.type = 'not existing', r.time_ns, r.latitude_deg, "
    "r.longitude_deg, r.depth_km, ifnull(rm.value, m.value), "
    "CASE WHEN rm.value IS NULL THEN m.type ELSE rm.type END, NULL FROM reviews r "
    "LEFT JOIN review_magnitudes rm ON rm.review_key = r.review_key AND rm.rank = 0 "
    "LEFT JOIN magnitudes m ON m.version_key = events.version_key AND m.rank = 0 "
    "WHERE r.review_key = events.review_key) WHERE event_key = ? AND review_key IS NOT NULL";

}  // namespace

Result<EventHeads> EventHeads::make(Database& database) {
  EventHeads heads;
  heads.database_ = &database;
  const std::array<std::pair<Statement*, std::string_view>, 6> statements{{
      {&heads.find_, "SELECT event_key FROM events WHERE event_id = ?"},
      {&heads.insert_, kInsert},
      {&heads.choose_, kChoose},
      {&heads.take_version_, kTakeVersion},
      {&heads.take_review_, kTakeReview},
      {&heads.note_site_, "INSERT INTO site_events VALUES (?, ?) ON CONFLICT DO NOTHING"},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  return heads;
}

Result<std::int64_t> EventHeads::find(std::int64_t event_id) {
  find_.bind_all(event_id);
  const Result<bool> row = find_.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  const std::int64_t key = *row ? find_.integer(0) : 0;
  find_.reset();
  return key;
}

Result<std::int64_t> EventHeads::find_or_insert(std::int64_t event_id, Time now) {
  Result<std::int64_t> key = find(event_id);
  if (!key || *key != 0) {
    return key;
  }
  if (const auto done = insert_.bind_all(event_id, std::int64_t{to_ns(now)}).run(); !done) {
    return tl::unexpected(done.error());
  }
  return database_->last_insert_key();
}

Result<std::int64_t> EventHeads::insert_without_id(Time now) {
  if (const auto done = insert_.bind_all(std::nullopt, std::int64_t{to_ns(now)}).run(); !done) {
    return tl::unexpected(done.error());
  }
  return database_->last_insert_key();
}

Result<void> EventHeads::settle(std::int64_t event_key, Time now) {
  Result<void> done = choose_.bind_all(event_key, std::int64_t{to_ns(now)}).run();
  if (done) {
    done = take_version_.bind_all(event_key).run();
  }
  return done ? take_review_.bind_all(event_key).run() : done;
}

Result<void> EventHeads::note_site(std::int64_t site_key, std::int64_t event_key) {
  return note_site_.bind_all(site_key, event_key).run();
}

}  // namespace geod::storage
