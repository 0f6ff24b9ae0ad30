#pragma once

#include <cstdint>
#include <string_view>

#include "core/error.hpp"
#include "storage/batch.hpp"
#include "storage/database.hpp"
#include "storage/estimate_writer.hpp"
#include "storage/event_writer.hpp"
#include "storage/fibre_places.hpp"
#include "storage/fibre_writer.hpp"
#include "storage/keys.hpp"
#include "storage/pick_writer.hpp"
#include "storage/review_writer.hpp"

namespace geod::storage {

/// Turns the rows of a batch into statements. Call write() inside a write transaction of the one
/// writer; after a rollback call forget().
class BatchWriter {
 public:
  /// `database` outlives the result. Picks of one instrument, phase, model and adapter no
  /// farther apart than `same_pick` are one.
  static Result<BatchWriter> make(Database& database, std::int64_t run_key, Duration same_pick);

  /// `now` is wall time. The first failure of the database ends it.
  Result<Committed> write(const Batch& batch, Time now);

  /// Drops what was remembered of rows that are not there after all.
  Result<void> forget();

 private:
  BatchWriter() = default;
  /// Picks, and what belongs to them.
  Result<void> write_picks(const Batch& batch, Committed& committed);
  Result<void> write_fibres(const Batch& batch, Committed& committed);
  Result<void> write_events(const Batch& batch, Committed& committed);
  Result<void> write_adapter_event(const AdapterEvent& event);
  Result<void> write_channel(const ChannelInfo& channel, Committed& committed);
  Result<void> write_continuity(const ContinuityEvent& event);
  Result<void> write_completeness(const CompletenessDelta& delta, Committed& committed);
  Result<void> write_fibre_completeness(const FibreCompleteness& delta, Committed& committed);
  /// Who looked at an hour of an instrument or a fibre, by `insert`.
  template <class Delta>
  Result<void> write_maker(const Delta& delta,
                           std::int64_t key,
                           std::string_view task,
                           Statement& insert);
  Result<void> write_cursor(const Cursor& cursor);

  std::int64_t run_key_ = 0;
  Time now_;

  Keys keys_;
  PickWriter picks_;
  PickWriter shadow_picks_;
  EstimateWriter estimates_;
  FibreWriter fibres_;
  FibrePlacesWriter fibre_places_;
  EventWriter events_;
  ReviewWriter reviews_;
  Statement upsert_channel_;
  Statement insert_continuity_;
  Statement upsert_completeness_;
  Statement insert_maker_;
  Statement insert_fibre_maker_;
  Statement upsert_cursor_;
  Statement insert_adapter_event_;
};

}  // namespace geod::storage
