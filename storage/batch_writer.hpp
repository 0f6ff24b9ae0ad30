#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "storage/batch.hpp"
#include "storage/database.hpp"
#include "storage/keys.hpp"

namespace geod::storage {

/// Turns the rows of a batch into statements. Call write() inside a write transaction of the one
/// writer; after a rollback call forget().
class BatchWriter {
 public:
  /// `database` outlives the result. Picks of one instrument, phase and model no farther apart
  /// than `same_pick` are one.
  static Result<BatchWriter> make(Database& database, std::int64_t run_key, Duration same_pick);

  /// `now` is wall time. The first failure of the database ends it.
  Result<Committed> write(const Batch& batch, Time now);

  /// Drops what was remembered of rows that are not there after all.
  Result<void> forget();

 private:
  BatchWriter() = default;
  Result<PickOutcome> write_pick(const Pick& pick, Committed& committed);
  Result<bool> is_there(const Pick& pick, std::int64_t instrument_key, std::int64_t model_key);
  Result<void> write_channel(const ChannelInfo& channel, Committed& committed);
  Result<void> write_continuity(const ContinuityEvent& event);
  Result<void> write_completeness(const CompletenessDelta& delta, Committed& committed);
  Result<void> write_cursor(const Cursor& cursor);
  Result<void> load_last_pick_key();

  Database* database_ = nullptr;
  std::int64_t run_key_ = 0;
  std::int64_t same_pick_ns_ = 0;
  Time now_;

  Keys keys_;
  Statement insert_pick_;
  Statement find_pick_;
  Statement newest_pick_;
  Statement upsert_channel_;
  Statement insert_continuity_;
  Statement upsert_completeness_;
  Statement upsert_cursor_;

  std::int64_t last_pick_key_ = 0;
  /// Time of the newest stored pick by instrument_key, kUnknown where not asked yet: a pick later
  /// than it needs no search for an equal one, which is the rule in live data.
  std::vector<std::int64_t> newest_pick_ns_;
};

}  // namespace geod::storage
