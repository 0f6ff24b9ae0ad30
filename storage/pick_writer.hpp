#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/pick.hpp"
#include "storage/batch.hpp"
#include "storage/database.hpp"
#include "storage/keys.hpp"

namespace geod::storage {

/// Writes picks into `picks` or `shadow_picks`, each once. Rules of calling as BatchWriter.
class PickWriter {
 public:
  /// An empty one, to be assigned to.
  PickWriter() = default;
  /// `database` outlives the result. Picks of one instrument, phase, model and adapter no farther
  /// apart than `same_pick` are one.
  static Result<PickWriter> make(Database& database,
                                 std::string_view table,
                                 std::int64_t run_key,
                                 Duration same_pick);

  /// `now` is wall time.
  Result<RowOutcome> write(const Pick& pick, Keys& keys, Time now, Committed& committed);

  /// Drops what was remembered of rows that are not there after all.
  Result<void> forget();

 private:
  Result<bool> is_there(const Pick& pick,
                        std::int64_t instrument_key,
                        std::int64_t model_key,
                        std::optional<std::int64_t> adapter_key);
  Result<void> load_last_pick_key();

  std::int64_t run_key_ = 0;
  std::int64_t same_pick_ns_ = 0;
  Statement insert_;
  Statement find_;
  Statement newest_;
  Statement last_key_;

  std::int64_t last_pick_key_ = 0;
  /// Time of the newest stored pick by instrument_key, kUnknown where not asked yet: a pick later
  /// than it needs no search for an equal one, which is the rule in live data.
  std::vector<std::int64_t> newest_pick_ns_;
};

/// The 64 bits of the 16 hex digits of a pick id; nothing when it is anything else.
std::optional<std::int64_t> parse_pick_id(std::string_view text);

}  // namespace geod::storage
