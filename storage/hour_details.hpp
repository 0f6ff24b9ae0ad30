#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "storage/database.hpp"
#include "storage/names.hpp"
#include "storage/query.hpp"

namespace geod::storage {

/// What belongs to rows of completeness but lies in other tables: seconds that were missing or
/// shed, and who looked. Belongs to the thread of its database and goes before it.
class HourDetails {
 public:
  static Result<HourDetails> make(Database& database);

  /// Fills gapped_s, shed_s and makers of `rows`, which ascend or descend in their hours.
  Result<void> fill(std::span<CompletenessRow> rows, Names& names);

 private:
  /// Spans of what is missing, clipped to nothing yet, of an instrument or a fibre.
  struct Losses {
    std::vector<std::pair<std::int64_t, std::int64_t>> gapped;
    std::vector<std::pair<std::int64_t, std::int64_t>> shed;
  };
  using LossesByKey = std::map<std::int64_t, Losses>;

  static Result<LossesByKey> read_losses(Statement& find, std::int64_t from_ns, std::int64_t to_ns);
  static Result<void> read_makers(Statement& find, CompletenessRow& row, Names& names);

  Statement find_losses_;
  Statement find_fibre_losses_;
  Statement find_makers_;
  Statement find_fibre_makers_;
};

}  // namespace geod::storage
