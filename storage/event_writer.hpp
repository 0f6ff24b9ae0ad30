#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/event.hpp"
#include "storage/arrival_resolver.hpp"
#include "storage/batch.hpp"
#include "storage/database.hpp"
#include "storage/event_heads.hpp"
#include "storage/keys.hpp"
#include "storage/magnitude_writer.hpp"

namespace geod::storage {

/// Writes versions of events, each once, with arrivals, magnitudes, splits and merges. Rules of
/// calling as BatchWriter.
class EventWriter {
 public:
  /// An empty one, to be assigned to.
  EventWriter() = default;
  /// `database` outlives the result.
  static Result<EventWriter> make(Database& database, std::int64_t run_key);

  /// kAlreadyThere: this version with this content. kRefused: a value is out of its range, an
  /// arrival's pick is not stored, or another content is stored under this version. `now` is wall
  /// time.
  Result<RowOutcome> write(const EventChange& change, Keys& keys, Time now, Committed& committed);

 private:
  using Arrivals = std::vector<std::optional<ResolvedArrival>>;
  /// The hash of what is stored as this version, or nothing.
  Result<std::optional<std::int64_t>> find_version(std::int64_t event_key, int version);
  Result<void> insert(const EventChange& change,
                      std::int64_t event_key,
                      const Arrivals& arrivals,
                      Keys& keys,
                      Time now);
  Result<std::int64_t> insert_version(const EventChange& change, std::int64_t event_key, Time now);
  Result<void> insert_arrival(std::int64_t version_key,
                              std::int64_t event_key,
                              std::int64_t number,
                              const OriginArrival& arrival,
                              const ResolvedArrival& resolved,
                              Keys& keys);
  Result<void> insert_link(std::int64_t version_key, std::string_view kind, std::string_view id);

  Database* database_ = nullptr;
  std::int64_t run_key_ = 0;
  EventHeads heads_;
  ArrivalResolver resolver_;
  MagnitudeWriter magnitudes_;
  Statement find_version_;
  Statement insert_version_;
  Statement insert_arrival_;
  Statement insert_link_;
  Statement insert_maker_;
};

}  // namespace geod::storage
