#include "storage/fibre_places.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace geod::storage {
namespace {

constexpr const char* kUpsert =
    "INSERT INTO fibre_places (fibre_key, from_ns, places, run_key) SELECT ?1, ?2, ?3, ?4 "
    "WHERE ?3 IS NOT (SELECT places FROM fibre_places WHERE fibre_key = ?1 AND from_ns <= ?2 "
    "ORDER BY from_ns DESC LIMIT 1) "
    "ON CONFLICT (fibre_key, from_ns) DO UPDATE SET places = ?3, run_key = ?4";
// SQLite takes the text apart.
constexpr const char* kSelect =
    "SELECT fibre_id, from_ns, json_extract(value, '$[0]'), json_extract(value, '$[1]'), "
    "json_extract(value, '$[2]'), json_extract(value, '$[3]') "
    "FROM fibre_places JOIN fibres USING (fibre_key), json_each(places) "
    "ORDER BY fibre_id, from_ns, json_each.id";

bool is_place(const FibrePlace& place) {
  return std::isfinite(place.latitude_deg) && std::isfinite(place.longitude_deg) &&
         std::isfinite(place.elevation_m);
}

std::string json_of(const std::vector<FibrePlace>& places) {
  std::string json = "[";
  for (const FibrePlace& place : places) {
    fmt::format_to(std::back_inserter(json),
                   "{}[{},{},{},{}]",
                   json.size() == 1 ? "" : ",",
                   place.channel,
                   place.latitude_deg,
                   place.longitude_deg,
                   place.elevation_m);
  }
  return json + "]";
}

}  // namespace

Result<FibrePlacesWriter> FibrePlacesWriter::make(Database& database, std::int64_t run_key) {
  Result<Statement> upsert = database.prepare(kUpsert);
  if (!upsert) {
    return tl::unexpected(upsert.error());
  }
  FibrePlacesWriter writer;
  writer.run_key_ = run_key;
  writer.upsert_ = std::move(*upsert);
  return writer;
}

Result<void> FibrePlacesWriter::write(const FibrePlacesChange& change,
                                      Keys& keys,
                                      Committed& committed) {
  if (change.fibre_id.empty() || change.places.size() < 2 ||
      !std::all_of(change.places.begin(), change.places.end(), is_place)) {
    refuse(committed,
           fmt::format("{} places of fibre '{}' from {}",
                       change.places.size(),
                       change.fibre_id,
                       to_iso(change.from)));
    return {};
  }
  const Result<std::int64_t> fibre = keys.fibre(change.fibre_id);
  if (!fibre) {
    return tl::unexpected(fibre.error());
  }
  const std::string places = json_of(change.places);
  return upsert_.bind_all(*fibre, std::int64_t{to_ns(change.from)}, places, run_key_).run();
}

Result<std::vector<FibrePlacesChange>> read_fibre_places(Database& database) {
  Result<Statement> row = database.prepare(kSelect);
  if (!row) {
    return tl::unexpected(row.error());
  }
  std::vector<FibrePlacesChange> changes;
  while (true) {
    const Result<bool> is_row = row->step();
    if (!is_row) {
      return tl::unexpected(is_row.error());
    }
    if (!*is_row) {
      return changes;
    }
    const std::string fibre_id(row->text(0));
    const Time from = time_from_ns(row->integer(1));
    if (changes.empty() || changes.back().fibre_id != fibre_id || changes.back().from != from) {
      changes.push_back({fibre_id, from, {}});
    }
    changes.back().places.push_back({row->integer(2), row->real(3), row->real(4), row->real(5)});
  }
}

Result<std::vector<std::string>> read_fibre_ids(Database& database) {
  Result<Statement> row = database.prepare("SELECT fibre_id FROM fibres ORDER BY fibre_id");
  if (!row) {
    return tl::unexpected(row.error());
  }
  std::vector<std::string> ids;
  while (true) {
    const Result<bool> is_row = row->step();
    if (!is_row) {
      return tl::unexpected(is_row.error());
    }
    if (!*is_row) {
      return ids;
    }
    ids.emplace_back(row->text(0));
  }
}

}  // namespace geod::storage
