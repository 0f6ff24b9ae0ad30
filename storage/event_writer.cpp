#include "storage/event_writer.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "storage/content_hash.hpp"
#include "storage/event_checks.hpp"
#include "storage/pick_writer.hpp"

namespace geod::storage {
namespace {

constexpr std::string_view kInsertVersion =
    "INSERT INTO event_versions (event_key, version, status, kind, time_ns, latitude_deg, "
    "longitude_deg, depth_km, time_sigma_s, depth_sigma_km, depth_is_fixed, ellipse_major_km, "
    "ellipse_minor_km, ellipse_major_azimuth_deg, covariance_east_km2, covariance_north_km2, "
    "covariance_east_north_km2, standard_error_s, azimuthal_gap_deg, nearest_station_km, phases, "
    "stations, quality, velocity_model, log_odds, content_hash, run_key, inserted_ns) VALUES "
    "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kInsertArrival =
    "INSERT INTO origin_arrivals (version_key, number, site_key, pick_key, detection_key, "
    "fibre_phase, fibre_channel, phase, residual_s, distance_km, azimuth_deg, "
    "back_azimuth_residual_deg, weight) VALUES (?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?)";

}  // namespace

Result<EventWriter> EventWriter::make(Database& database, std::int64_t run_key) {
  EventWriter writer;
  writer.database_ = &database;
  writer.run_key_ = run_key;
  const std::array<std::pair<Statement*, std::string_view>, 5> statements{{
      {&writer.find_version_,
       "SELECT content_hash FROM event_versions WHERE event_key = ? AND version = ?"},
      {&writer.insert_version_, kInsertVersion},
      {&writer.insert_arrival_, kInsertArrival},
      {&writer.insert_link_,
       "INSERT INTO event_links (version_key, kind, other_event_id) VALUES (?, ?, ?)"},
      {&writer.insert_maker_, "INSERT INTO maker_events VALUES (?, ?, ?) ON CONFLICT DO NOTHING"},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  Result<EventHeads> heads = EventHeads::make(database);
  Result<ArrivalResolver> resolver = ArrivalResolver::make(database);
  Result<MagnitudeWriter> magnitudes = MagnitudeWriter::make(database);
  if (!heads || !resolver) {
    return tl::unexpected(heads ? resolver.error() : heads.error());
  }
  if (!magnitudes) {
    return tl::unexpected(magnitudes.error());
  }
  writer.heads_ = std::move(*heads);
  writer.resolver_ = std::move(*resolver);
  writer.magnitudes_ = std::move(*magnitudes);
  return writer;
}

Result<std::optional<std::int64_t>> EventWriter::find_version(std::int64_t event_key, int version) {
  find_version_.bind_all(event_key, std::int64_t{version});
  const Result<bool> row = find_version_.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  const auto known = *row ? std::optional(find_version_.integer(0)) : std::nullopt;
  find_version_.reset();
  return known;
}

Result<RowOutcome> EventWriter::write(const EventChange& change,
                                      Keys& keys,
                                      Time now,
                                      Committed& committed) {
  const EventVersion& event = change.event;
  const auto refused = [&](std::string why) {
    refuse(committed, std::move(why));
    return RowOutcome::kRefused;
  };
  if (std::string why = why_refused(change); !why.empty()) {
    return refused(std::move(why));
  }
  const std::int64_t event_id = *parse_pick_id(event.event_id);
  Result<std::int64_t> event_key = heads_.find(event_id);
  if (!event_key) {
    return tl::unexpected(event_key.error());
  }
  const auto known = find_version(*event_key, event.version);
  if (!known) {
    return tl::unexpected(known.error());
  }
  if (*known) {
    return **known == content_hash(change)
               ? RowOutcome::kAlreadyThere
               : refused(fmt::format("event '{}' version {}: stored with another content; a new "
                                     "one needs a new version",
                                     event.event_id,
                                     event.version));
  }
  const auto arrivals = resolver_.resolve(event.origin, event.arrivals);
  if (!arrivals) {
    return tl::unexpected(arrivals.error());
  }
  const auto unknown =
      std::find_if(arrivals->begin(), arrivals->end(), [](const auto& each) { return !each; });
  if (unknown != arrivals->end()) {
    const auto number = static_cast<std::size_t>(unknown - arrivals->begin());
    return refused(fmt::format("event '{}' version {}: its pick '{}' is not stored",
                               event.event_id,
                               event.version,
                               event.arrivals[number].pick_id));
  }
  event_key = heads_.find_or_insert(event_id, now);
  if (!event_key) {
    return tl::unexpected(event_key.error());
  }
  if (const Result<void> done = insert(change, *event_key, *arrivals, keys, now); !done) {
    return tl::unexpected(done.error());
  }
  return RowOutcome::kInserted;
}

Result<void> EventWriter::insert(const EventChange& change,
                                 std::int64_t event_key,
                                 const Arrivals& arrivals,
                                 Keys& keys,
                                 Time now) {
  const Result<std::int64_t> version_key = insert_version(change, event_key, now);
  if (!version_key) {
    return tl::unexpected(version_key.error());
  }
  Result<void> done;
  for (std::size_t i = 0; done && i < arrivals.size(); ++i) {
    done = insert_arrival(*version_key,
                          event_key,
                          static_cast<std::int64_t>(i),
                          change.event.arrivals[i],
                          *arrivals[i],
                          keys);
  }
  if (done) {
    done = magnitudes_.write(*version_key, change.event.magnitudes, keys);
  }
  if (done) {
    done = magnitudes_.write_uncounted(*version_key, change.event.uncounted_amplitudes, keys);
  }
  if (done && !change.split_from.empty()) {
    done = insert_link(*version_key, "split_from", change.split_from);
  }
  if (done && !change.merged_into.empty()) {
    done = insert_link(*version_key, "merged_into", change.merged_into);
  }
  return done ? heads_.settle(event_key, now) : done;
}

Result<std::int64_t> EventWriter::insert_version(const EventChange& change,
                                                 std::int64_t event_key,
                                                 Time now) {
  const EventVersion& event = change.event;
  const Origin& origin = event.origin;
  const Result<void> done = insert_version_
                                .bind_all(event_key,
                                          std::int64_t{event.version},
                                          to_string(event.status),
                                          to_string(event.kind),
                                          std::int64_t{to_ns(origin.time)},
                                          origin.latitude_deg,
                                          origin.longitude_deg,
                                          origin.depth_km,
                                          origin.time_sigma_s,
                                          origin.depth_sigma_km,
                                          std::int64_t{origin.depth_is_fixed},
                                          origin.ellipse.major_km,
                                          origin.ellipse.minor_km,
                                          origin.ellipse.major_azimuth_deg,
                                          origin.covariance_east_km2,
                                          origin.covariance_north_km2,
                                          origin.covariance_east_north_km2,
                                          origin.standard_error_s,
                                          origin.azimuthal_gap_deg,
                                          origin.nearest_station_km,
                                          std::int64_t{origin.phases},
                                          std::int64_t{origin.stations},
                                          to_string(origin.quality),
                                          origin.velocity_model,
                                          event.log_odds,
                                          content_hash(change),
                                          run_key_,
                                          std::int64_t{to_ns(now)})
                                .run();
  if (!done) {
    return tl::unexpected(done.error());
  }
  return database_->last_insert_key();
}

Result<void> EventWriter::insert_arrival(std::int64_t version_key,
                                         std::int64_t event_key,
                                         std::int64_t number,
                                         const OriginArrival& arrival,
                                         const ResolvedArrival& resolved,
                                         Keys& keys) {
  const Result<std::int64_t> site = keys.site(resolved.site);
  if (!site) {
    return tl::unexpected(site.error());
  }
  Result<void> done = insert_arrival_
                          .bind_all(version_key,
                                    number,
                                    *site,
                                    resolved.pick_key,
                                    resolved.detection_key,
                                    resolved.fibre_phase,
                                    resolved.fibre_channel,
                                    to_string(arrival.phase),
                                    arrival.residual_s,
                                    arrival.distance_km,
                                    arrival.azimuth_deg,
                                    arrival.back_azimuth_residual_deg,
                                    arrival.weight)
                          .run();
  if (done) {
    done = heads_.note_site(*site, event_key);
  }
  return done ? insert_maker_.bind_all(resolved.model_key, resolved.adapter_key, event_key).run()
              : done;
}

Result<void> EventWriter::insert_link(std::int64_t version_key,
                                      std::string_view kind,
                                      std::string_view id) {
  return insert_link_.bind_all(version_key, kind, *parse_pick_id(id)).run();
}

}  // namespace geod::storage
