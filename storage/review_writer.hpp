#pragma once

#include <cstdint>

#include "core/error.hpp"
#include "core/event.hpp"
#include "storage/batch.hpp"
#include "storage/database.hpp"
#include "storage/event_heads.hpp"
#include "storage/keys.hpp"

namespace geod::storage {

/// Writes reviews of events, each content once, beside our own. Rules of calling as BatchWriter.
class ReviewWriter {
 public:
  /// An empty one, to be assigned to.
  ReviewWriter() = default;
  /// `database` outlives the result.
  static Result<ReviewWriter> make(Database& database);

  /// kAlreadyThere: this content of this public id; where the match is another than before, it and
  /// all older contents of that public id are matched anew. kRefused: a value is out of its range,
  /// or the matched event is not stored. `now` is wall time.
  Result<RowOutcome> write(const ReviewRow& row, Keys& keys, Time now, Committed& committed);

 private:
  struct Known {
    std::int64_t event_key = 0;  ///< of all contents of the public id; 0: there is none
    bool is_same = false;        ///< this content is among them
  };
  Result<Known> find(const ReviewedEvent& review);
  Result<void> match_again(const ReviewedEvent& review,
                           std::int64_t from_event_key,
                           std::int64_t to_event_key,
                           Time now);
  Result<void> insert(const ReviewedEvent& review, std::int64_t event_key, Keys& keys, Time now);
  Result<void> insert_arrivals(const ReviewedEvent& review,
                               std::int64_t review_key,
                               std::int64_t event_key,
                               Keys& keys);
  Result<void> insert_magnitudes(const ReviewedEvent& review, std::int64_t review_key);

  Database* database_ = nullptr;
  EventHeads heads_;
  Statement find_;
  Statement insert_;
  Statement insert_arrival_;
  Statement insert_magnitude_;
  Statement match_again_;
  Statement note_sites_;
};

}  // namespace geod::storage
