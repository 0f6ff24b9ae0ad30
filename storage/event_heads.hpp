#pragma once

#include <cstdint>

#include "core/error.hpp"
#include "core/time.hpp"
#include "storage/database.hpp"

namespace geod::storage {

/// The rows of `events`: one an event, with what is preferred of it. Rules of calling as
/// BatchWriter.
class EventHeads {
 public:
  /// An empty one, to be assigned to.
  EventHeads() = default;
  /// `database` outlives the result.
  static Result<EventHeads> make(Database& database);

  /// The key of the event with this id (its 64 bits), made where it is new.
  Result<std::int64_t> find_or_insert(std::int64_t event_id, Time now);
  /// The key of an event with this id, or 0.
  Result<std::int64_t> find(std::int64_t event_id);
  /// A new event without an id, for a review that matches none.
  Result<std::int64_t> insert_without_id(Time now);

  /// Chooses anew what is preferred of it; after a version or a review was added. `now` is wall
  /// time.
  Result<void> settle(std::int64_t event_key, Time now);
  /// `event_key` has an arrival of the site. Said again it changes nothing.
  Result<void> note_site(std::int64_t site_key, std::int64_t event_key);

 private:
  Database* database_ = nullptr;
  Statement find_;
  Statement insert_;
  Statement choose_;
  Statement take_version_;
  Statement take_review_;
  Statement note_site_;
};

}  // namespace geod::storage
