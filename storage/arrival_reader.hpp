#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/origin.hpp"
#include "storage/database.hpp"
#include "storage/event_query.hpp"
#include "storage/row_reader.hpp"

namespace geod::storage {

/// The arrivals of a version of an event with their picks, and picks in the order in which they
/// were committed. Belongs to the thread of its database and goes before it.
class ArrivalReader {
 public:
  static Result<ArrivalReader> make(Database& database);

  /// Without the picks.
  Result<std::vector<OriginArrival>> arrivals(std::int64_t version_key);
  Result<std::vector<StoredArrival>> arrivals_with_picks(std::int64_t version_key, RowReader& rows);
  /// As Reader::picks_after and Reader::fibre_picks_after.
  Result<std::vector<StoredPick>> picks_after(std::int64_t pick_key,
                                              std::size_t limit,
                                              RowReader& rows);
  Result<std::vector<StoredFibrePick>> fibre_picks_after(std::int64_t detection_key,
                                                         std::size_t limit,
                                                         Names& names);
  /// Of detections that overlap [from, to).
  Result<std::vector<StoredFibrePick>> fibre_picks_between(Time from, Time to, Names& names);

 private:
  struct ArrivalKeys {
    OriginArrival arrival;  ///< pick_id filled too
    std::int64_t pick_key = 0;
    std::int64_t detection_key = 0;
    std::string fibre_phase;
    std::int64_t fibre_channel = 0;
  };
  Result<std::vector<ArrivalKeys>> read_arrivals(std::int64_t version_key);
  Result<StoredFibrePick> fibre_pick(const Statement& row, Names& names);
  Result<std::vector<StoredFibrePick>> fibre_picks(Statement& statement, Names& names);

  std::string file_;
  Statement find_arrivals_;
  Statement find_pick_;
  Statement find_fibre_pick_;
  Statement picks_after_;
  Statement fibre_picks_after_;
  Statement fibre_picks_between_;
};

}  // namespace geod::storage
