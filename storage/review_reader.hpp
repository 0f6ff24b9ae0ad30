#pragma once

#include <cstdint>
#include <vector>

#include "core/error.hpp"
#include "core/event.hpp"
#include "storage/database.hpp"
#include "storage/event_query.hpp"

namespace geod::storage {

/// The reviews of an event. Belongs to the thread of its database and goes before it.
class ReviewReader {
 public:
  static Result<ReviewReader> make(Database& database);

  /// The preferred one first, of which `preferred_key` is the key, then the newest.
  Result<std::vector<ReviewedEvent>> reviews(std::int64_t event_key,
                                             std::int64_t preferred_key,
                                             bool with_arrivals);

  /// In the order of commits, at most `limit`, with all that they hold.
  Result<std::vector<StoredReview>> reviews_after(std::int64_t review_key, std::size_t limit);

 private:
  Result<std::vector<ReviewedArrival>> arrivals(std::int64_t review_key);
  Result<std::vector<ReviewedMagnitude>> magnitudes(std::int64_t review_key);

  Statement find_reviews_;
  Statement find_reviews_after_;
  Statement find_arrivals_;
  Statement find_magnitudes_;
};

}  // namespace geod::storage
