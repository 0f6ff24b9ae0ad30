#include "storage/review_reader.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace geod::storage {
namespace {

std::optional<double> real(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.real(column));
}
std::string text(const Statement& row, int column) {
  return std::string(row.text(column));
}

constexpr std::string_view kReviewColumns =
    "r.review_key, r.public_id, r.origin_public_id, r.agency, r.author, r.created_ns, r.type, "
    "r.description, r.evaluation_mode, r.evaluation_status, r.time_ns, r.latitude_deg, "
    "r.longitude_deg, r.depth_km, r.standard_error_s, r.azimuthal_gap_deg";

/// From kReviewColumns.
ReviewedEvent review_of(const Statement& row) {
  ReviewedEvent review;
  review.public_id = text(row, 1);
  review.origin_public_id = text(row, 2);
  review.agency = text(row, 3);
  review.author = text(row, 4);
  if (!row.is_null(5)) {
    review.created = time_from_ns(row.integer(5));
  }
  review.type = text(row, 6);
  review.description = text(row, 7);
  review.evaluation_mode = text(row, 8);
  review.evaluation_status = text(row, 9);
  review.time = time_from_ns(row.integer(10));
  review.latitude_deg = row.real(11);
  review.longitude_deg = row.real(12);
  review.depth_km = real(row, 13);
  review.standard_error_s = real(row, 14);
  review.azimuthal_gap_deg = real(row, 15);
  return review;
}

ReviewedArrival arrival_of(const Statement& row) {
  ReviewedArrival arrival;
  arrival.pick_public_id = text(row, 0);
  arrival.channel = {
      text(row, 1), text(row, 2), text(row, 3), text(row, 4), text(row, 5), text(row, 6)};
  arrival.phase_hint = text(row, 7);
  arrival.time = time_from_ns(row.integer(8));
  arrival.uncertainty_s = real(row, 9);
  arrival.polarity = text(row, 10);
  arrival.evaluation_mode = text(row, 11);
  arrival.residual_s = real(row, 12);
  arrival.distance_km = real(row, 13);
  arrival.azimuth_deg = real(row, 14);
  arrival.weight = real(row, 15);
  return arrival;
}

ReviewedMagnitude magnitude_of(const Statement& row) {
  ReviewedMagnitude magnitude{text(row, 0), text(row, 1), row.real(2), real(row, 3), {}};
  if (!row.is_null(4)) {
    magnitude.stations = static_cast<int>(row.integer(4));
  }
  return magnitude;
}

/// All rows of `statement`, whose parameters are bound.
template <class Row, class Read>
Result<std::vector<Row>> read_all(Statement& statement, const Read& read) {
  std::vector<Row> rows;
  Result<bool> more = statement.step();
  for (; more && *more; more = statement.step()) {
    rows.push_back(read(statement));
  }
  statement.reset();
  if (!more) {
    return tl::unexpected(more.error());
  }
  return rows;
}

}  // namespace

Result<ReviewReader> ReviewReader::make(Database& database) {
  ReviewReader reader;
  const std::array<std::pair<Statement*, std::string>, 4> statements{{
      {&reader.find_reviews_,
       fmt::format("SELECT {} FROM reviews r WHERE event_key = ?1 "
                   "ORDER BY review_key = ?2 DESC, review_key DESC",
                   kReviewColumns)},
      {&reader.find_reviews_after_,
       fmt::format("SELECT {}, e.event_id, e.review_key = r.review_key, r.inserted_ns "
                   "FROM reviews r JOIN events e USING (event_key) WHERE r.review_key > ? "
                   "ORDER BY r.review_key LIMIT ?",
                   kReviewColumns)},
      {&reader.find_arrivals_,
       "SELECT pick_public_id, network, station, location, band, source, subsource, phase_hint, "
       "time_ns, uncertainty_s, polarity, evaluation_mode, residual_s, distance_km, azimuth_deg, "
       "weight FROM review_arrivals WHERE review_key = ? ORDER BY number"},
      {&reader.find_magnitudes_,
       "SELECT public_id, type, value, uncertainty, stations FROM review_magnitudes "
       "WHERE review_key = ? ORDER BY rank"},
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

Result<std::vector<ReviewedArrival>> ReviewReader::arrivals(std::int64_t review_key) {
  find_arrivals_.bind_all(review_key);
  return read_all<ReviewedArrival>(find_arrivals_, arrival_of);
}

Result<std::vector<ReviewedMagnitude>> ReviewReader::magnitudes(std::int64_t review_key) {
  find_magnitudes_.bind_all(review_key);
  return read_all<ReviewedMagnitude>(find_magnitudes_, magnitude_of);
}

Result<std::vector<ReviewedEvent>> ReviewReader::reviews(std::int64_t event_key,
                                                         std::int64_t preferred_key,
                                                         bool with_arrivals) {
  using Keyed = std::pair<std::int64_t, ReviewedEvent>;
  find_reviews_.bind_all(event_key, preferred_key);
  auto keyed = read_all<Keyed>(find_reviews_, [](const Statement& row) {
    return Keyed{row.integer(0), review_of(row)};
  });
  if (!keyed) {
    return tl::unexpected(keyed.error());
  }
  std::vector<ReviewedEvent> reviews;
  for (auto& [key, review] : *keyed) {
    auto sizes = magnitudes(key);
    auto parts = with_arrivals ? arrivals(key) : std::vector<ReviewedArrival>{};
    if (!sizes || !parts) {
      return tl::unexpected(sizes ? parts.error() : sizes.error());
    }
    review.magnitudes = std::move(*sizes);
    review.arrivals = std::move(*parts);
    reviews.push_back(std::move(review));
  }
  return reviews;
}

Result<std::vector<StoredReview>> ReviewReader::reviews_after(std::int64_t review_key,
                                                              std::size_t limit) {
  find_reviews_after_.bind_all(review_key, static_cast<std::int64_t>(limit));
  auto all = read_all<StoredReview>(find_reviews_after_, [](const Statement& row) {
    StoredReview stored;
    stored.review = review_of(row);
    stored.review_key = row.integer(0);
    if (!row.is_null(16)) {
      stored.event_id = fmt::format("{:016x}", static_cast<std::uint64_t>(row.integer(16)));
    }
    stored.is_preferred = row.integer(17) != 0;
    stored.inserted = time_from_ns(row.integer(18));
    return stored;
  });
  if (!all) {
    return all;
  }
  for (StoredReview& stored : *all) {
    auto sizes = magnitudes(stored.review_key);
    auto parts = arrivals(stored.review_key);
    if (!sizes || !parts) {
      return tl::unexpected(sizes ? parts.error() : sizes.error());
    }
    stored.review.magnitudes = std::move(*sizes);
    stored.review.arrivals = std::move(*parts);
  }
  return all;
}

}  // namespace geod::storage
