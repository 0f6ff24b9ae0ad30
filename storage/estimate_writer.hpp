#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/estimate.hpp"
#include "storage/batch.hpp"
#include "storage/database.hpp"
#include "storage/keys.hpp"

namespace geod::storage {

/// Writes estimates and single-station locations beside the P pick that they are about, each once.
/// A row whose pick is not stored is refused. Rules of calling as BatchWriter: after the picks of
/// the batch.
class EstimateWriter {
 public:
  /// An empty one, to be assigned to.
  EstimateWriter() = default;
  /// `database` outlives the result. A pick that was stored up to `same_pick` away stands for the
  /// one that a row names: the store kept it in its stead.
  static Result<EstimateWriter> make(Database& database, std::int64_t run_key, Duration same_pick);

  /// `role`: "active" or "shadow". `now` is wall time.
  Result<RowOutcome> write(
      const Estimate& estimate, std::string_view role, Keys& keys, Time now, Committed& committed);
  Result<RowOutcome> write(const StationLocation& location,
                           Keys& keys,
                           Time now,
                           Committed& committed);

 private:
  /// What a row says of its pick.
  struct PickName {
    const std::string& pick_id;
    const InstrumentId& instrument;
    Time time;
    const std::string& model_id;
    const std::string& model_hash;
    Time now;
  };
  /// The row of the P pick: that of the same id, else the nearest within `same_pick`; of several
  /// the newest. Nothing when none is stored.
  Result<std::optional<std::int64_t>> find_pick(const PickName& pick, Keys& keys);
  /// Runs an insert that may leave the row that is there.
  Result<RowOutcome> insert(Statement& statement);

  Database* database_ = nullptr;
  std::int64_t run_key_ = 0;
  std::int64_t same_pick_ns_ = 0;
  Statement find_pick_;
  Statement insert_estimate_;
  Statement insert_location_;
};

}  // namespace geod::storage
