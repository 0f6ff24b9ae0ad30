#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/pick.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"
#include "core/waveform_source.hpp"
#include "storage/reader.hpp"

namespace geod::trainer {

/// Automatic picks and looked-at hours of the stations, read from the database as they are needed.
class StationActivity {
 public:
  struct SeenPick {
    Phase phase = Phase::kP;
    Time time;
  };

  /// @param span  of which completeness is read.
  static Result<StationActivity> read(storage::Reader& reader, const TimeSpan& span);

  /// Spans of at most an hour of which at least 99 % were looked at by one instrument, in order.
  const std::vector<TimeSpan>& looked_at(const StationId& station) const;
  /// Whether all of `span` lies in such spans.
  bool was_looked_at(const StationId& station, const TimeSpan& span) const;

  /// Picks of all stations in `span`, ascending in time.
  Result<std::map<StationId, std::vector<SeenPick>>> picks(const TimeSpan& span) const;

 private:
  explicit StationActivity(storage::Reader& reader) : reader_(&reader) {}

  storage::Reader* reader_;  ///< outlives this
  std::map<StationId, std::vector<TimeSpan>> looked_at_;
};

}  // namespace geod::trainer
