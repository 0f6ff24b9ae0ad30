#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "storage/arrival_reader.hpp"
#include "storage/database.hpp"
#include "storage/event_plans.hpp"
#include "storage/event_query.hpp"
#include "storage/magnitude_reader.hpp"
#include "storage/review_reader.hpp"
#include "storage/row_reader.hpp"

namespace geod::storage {

/// Events and their versions as the structs that Reader gives. Rules as RowReader; call inside a
/// read transaction.
class EventReader {
 public:
  static Result<EventReader> make(Database& database);

  /// The keys of the events that `query` asks for, in its order, offset and limit applied.
  Result<std::vector<std::int64_t>> find(Database& database, const EventQuery& query);
  /// One of them; `query` says what is read beside the origin.
  Result<StoredEvent> event(std::int64_t event_key, const EventQuery& query, RowReader& rows);
  /// The oldest first.
  Result<std::vector<StoredVersion>> versions(std::string_view event_id, Names& names);
  Result<std::vector<StoredVersion>> versions_after(std::int64_t version_key,
                                                    std::size_t limit,
                                                    Names& names);
  Result<std::vector<EventVersion>> recent(Time since, Names& names);

  ArrivalReader& arrivals() { return arrivals_; }
  ReviewReader& reviews() { return reviews_; }

 private:
  EventReader(ArrivalReader arrivals, MagnitudeReader magnitudes, ReviewReader reviews)
      : arrivals_(std::move(arrivals)),
        magnitudes_(std::move(magnitudes)),
        reviews_(std::move(reviews)) {}
  /// Adds what `plan` finds; `skip` more are passed over.
  static Result<void> find(Database& database,
                           const EventPlan& plan,
                           const EventQuery& query,
                           std::size_t& skip,
                           std::vector<std::int64_t>& keys);
  Result<StoredVersion> version(const Statement& row, bool with_contributions, Names& names);
  Result<std::vector<StoredVersion>> versions(Statement& statement, Names& names);
  Result<void> read_version(StoredEvent& stored,
                            std::int64_t version_key,
                            const EventQuery& query,
                            RowReader& rows);
  Result<void> read_links(StoredEvent& stored);
  /// What other events say of this one.
  Result<void> read_links_to(StoredEvent& stored);

  std::string file_;
  ArrivalReader arrivals_;
  MagnitudeReader magnitudes_;
  ReviewReader reviews_;
  Statement find_head_;
  Statement find_version_;
  Statement find_versions_;
  Statement find_versions_after_;
  Statement find_recent_;
  Statement find_links_;
  Statement find_links_to_;
};

}  // namespace geod::storage
