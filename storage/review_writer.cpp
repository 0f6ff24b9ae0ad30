#include "storage/review_writer.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "storage/content_hash.hpp"
#include "storage/event_checks.hpp"
#include "storage/pick_writer.hpp"

namespace geod::storage {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO reviews (event_key, public_id, origin_public_id, agency, author, created_ns, "
    "type, description, evaluation_mode, evaluation_status, time_ns, latitude_deg, longitude_deg, "
    "depth_km, standard_error_s, azimuthal_gap_deg, content_hash, inserted_ns) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr std::string_view kInsertArrival =
    "INSERT INTO review_arrivals (review_key, number, site_key, pick_public_id, network, station, "
    "location, band, source, subsource, phase_hint, time_ns, uncertainty_s, polarity, "
    "evaluation_mode, residual_s, distance_km, azimuth_deg, weight) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

}  // namespace

Result<ReviewWriter> ReviewWriter::make(Database& database) {
  ReviewWriter writer;
  writer.database_ = &database;
  const std::array<std::pair<Statement*, std::string_view>, 6> statements{{
      {&writer.find_,
       "SELECT event_key, content_hash = ?2 FROM reviews WHERE public_id = ?1 ORDER BY 2 DESC"},
      {&writer.insert_, kInsert},
      {&writer.insert_arrival_, kInsertArrival},
      {&writer.insert_magnitude_, "INSERT INTO review_magnitudes VALUES (?, ?, ?, ?, ?, ?, ?)"},
      {&writer.match_again_, "UPDATE reviews SET event_key = ?2 WHERE public_id = ?1"},
      {&writer.note_sites_,
       "INSERT INTO site_events SELECT DISTINCT site_key, ?2 FROM review_arrivals "
       "JOIN reviews USING (review_key) WHERE public_id = ?1 AND site_key IS NOT NULL "
       "ON CONFLICT DO NOTHING"},
  }};
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  Result<EventHeads> heads = EventHeads::make(database);
  if (!heads) {
    return tl::unexpected(heads.error());
  }
  writer.heads_ = std::move(*heads);
  return writer;
}

Result<ReviewWriter::Known> ReviewWriter::find(const ReviewedEvent& review) {
  find_.bind_all(review.public_id, content_hash(review));
  const Result<bool> row = find_.step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  const Known known = *row ? Known{find_.integer(0), find_.integer(1) != 0} : Known{};
  find_.reset();
  return known;
}

Result<RowOutcome> ReviewWriter::write(const ReviewRow& row,
                                       Keys& keys,
                                       Time now,
                                       Committed& committed) {
  const ReviewedEvent& review = row.review;
  if (std::string why = why_refused(review); !why.empty()) {
    refuse(committed, std::move(why));
    return RowOutcome::kRefused;
  }
  Result<std::int64_t> matched = 0;
  if (!row.event_id.empty()) {
    const std::optional<std::int64_t> event_id = parse_pick_id(row.event_id);
    matched = event_id ? heads_.find(*event_id) : Result<std::int64_t>(0);
    if (matched && *matched == 0) {
      refuse(committed,
             fmt::format("review '{}': the event '{}' that it is matched to is not stored",
                         review.public_id,
                         row.event_id));
      return RowOutcome::kRefused;
    }
  }
  const Result<Known> known = find(review);
  if (!matched || !known) {
    return tl::unexpected(matched ? known.error() : matched.error());
  }
  Result<void> done;
  if (*matched != 0 && known->event_key != 0 && known->event_key != *matched) {
    done = match_again(review, known->event_key, *matched, now);
  }
  if (done && !known->is_same) {
    Result<std::int64_t> event_key = *matched != 0 ? *matched : known->event_key;
    if (*event_key == 0) {
      event_key = heads_.insert_without_id(now);
    }
    done = event_key ? insert(review, *event_key, keys, now)
                     : Result<void>(tl::unexpected(event_key.error()));
  }
  if (!done) {
    return tl::unexpected(done.error());
  }
  return known->is_same ? RowOutcome::kAlreadyThere : RowOutcome::kInserted;
}

Result<void> ReviewWriter::match_again(const ReviewedEvent& review,
                                       std::int64_t from_event_key,
                                       std::int64_t to_event_key,
                                       Time now) {
  Result<void> done = match_again_.bind_all(review.public_id, to_event_key).run();
  if (done) {
    done = note_sites_.bind_all(review.public_id, to_event_key).run();
  }
  if (done) {
    done = heads_.settle(from_event_key, now);
  }
  return done ? heads_.settle(to_event_key, now) : done;
}

Result<void> ReviewWriter::insert(const ReviewedEvent& review,
                                  std::int64_t event_key,
                                  Keys& keys,
                                  Time now) {
  const auto created_ns =
      review.created ? std::optional(std::int64_t{to_ns(*review.created)}) : std::nullopt;
  Result<void> done = insert_
                          .bind_all(event_key,
                                    review.public_id,
                                    review.origin_public_id,
                                    review.agency,
                                    review.author,
                                    created_ns,
                                    review.type,
                                    review.description,
                                    review.evaluation_mode,
                                    review.evaluation_status,
                                    std::int64_t{to_ns(review.time)},
                                    review.latitude_deg,
                                    review.longitude_deg,
                                    review.depth_km,
                                    review.standard_error_s,
                                    review.azimuthal_gap_deg,
                                    content_hash(review),
                                    std::int64_t{to_ns(now)})
                          .run();
  const std::int64_t review_key = database_->last_insert_key();
  if (done) {
    done = insert_arrivals(review, review_key, event_key, keys);
  }
  if (done) {
    done = insert_magnitudes(review, review_key);
  }
  return done ? heads_.settle(event_key, now) : done;
}

Result<void> ReviewWriter::insert_arrivals(const ReviewedEvent& review,
                                           std::int64_t review_key,
                                           std::int64_t event_key,
                                           Keys& keys) {
  for (std::size_t i = 0; i < review.arrivals.size(); ++i) {
    const ReviewedArrival& arrival = review.arrivals[i];
    const SourceId& channel = arrival.channel;
    std::optional<std::int64_t> site_key;
    if (!channel.station.empty()) {
      const Result<std::int64_t> site = keys.site(channel.station_id().to_string());
      if (!site) {
        return tl::unexpected(site.error());
      }
      site_key = *site;
      if (const Result<void> noted = heads_.note_site(*site, event_key); !noted) {
        return noted;
      }
    }
    const Result<void> done = insert_arrival_
                                  .bind_all(review_key,
                                            static_cast<std::int64_t>(i),
                                            site_key,
                                            arrival.pick_public_id,
                                            channel.network,
                                            channel.station,
                                            channel.location,
                                            channel.band,
                                            channel.source,
                                            channel.subsource,
                                            arrival.phase_hint,
                                            std::int64_t{to_ns(arrival.time)},
                                            arrival.uncertainty_s,
                                            arrival.polarity,
                                            arrival.evaluation_mode,
                                            arrival.residual_s,
                                            arrival.distance_km,
                                            arrival.azimuth_deg,
                                            arrival.weight)
                                  .run();
    if (!done) {
      return done;
    }
  }
  return {};
}

Result<void> ReviewWriter::insert_magnitudes(const ReviewedEvent& review, std::int64_t review_key) {
  Result<void> done;
  for (std::size_t rank = 0; done && rank < review.magnitudes.size(); ++rank) {
    const ReviewedMagnitude& magnitude = review.magnitudes[rank];
    const auto stations =
        magnitude.stations ? std::optional(std::int64_t{*magnitude.stations}) : std::nullopt;
    done = insert_magnitude_
               .bind_all(review_key,
                         static_cast<std::int64_t>(rank),
                         magnitude.public_id,
                         magnitude.type,
                         magnitude.value,
                         magnitude.uncertainty,
                         stations)
               .run();
  }
  return done;
}

}  // namespace geod::storage
