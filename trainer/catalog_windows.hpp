#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "core/error.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"
#include "streams/waveform_folder.hpp"
#include "trainer/catalog_dataset.hpp"
#include "trainer/catalog_files.hpp"
#include "trainer/event_groups.hpp"
#include "trainer/station_activity.hpp"

namespace geod::trainer {

// What a group of events is cut out with, around its labels.
inline constexpr Duration kBeforeLabels = std::chrono::seconds{60};
inline constexpr Duration kAfterLabels = std::chrono::seconds{60};

/// Cuts the windows of a data set out of the waveforms and writes them with what is known of them.
/// All it is given outlives it.
class CatalogWindows {
 public:
  CatalogWindows(const streams::WaveformFolder& waveforms,
                 const StationActivity& activity,
                 const std::vector<LabelledEvent>& events,
                 const std::vector<EventGroup>& groups,
                 CatalogFiles& files,
                 CatalogDatasetReport& report);

  /// The windows of every station with a label, which has waveforms. In the order of the groups.
  Result<void> add_group(const EventGroup& group);

  /// As many windows of noise of every station as it has windows of events, where there are so
  /// many; after the groups.
  Result<void> add_noise();

 private:
  using Labels = std::vector<const CatalogLabel*>;
  using SeenPicks = std::vector<StationActivity::SeenPick>;

  Result<StationRecords> read(const StationId& station, const TimeSpan& span) const;
  Result<void> add_station(const EventGroup& group,
                           const StationId& station,
                           const Labels& labels,
                           const SeenPicks& seen);
  /// Those that have waveforms; whether there are any.
  bool add_labels(const EventGroup& group, const StationRecords& records, const Labels& labels);
  void add_doubts(const EventGroup& group,
                  const StationId& station,
                  const Labels& labels,
                  const SeenPicks& seen);
  /// Where an event has P without S the S may be there, unread, and the other way round.
  void add_masks(const EventGroup& group, const StationId& station, const Labels& labels);
  /// What lies quiet before the first arrival.
  void add_noise_before(const EventGroup& group,
                        const StationId& station,
                        const Labels& labels,
                        const SeenPicks& seen);
  /// One window in this looked-at span where there is one; whether there was.
  Result<bool> add_noise_of(const StationId& station, const TimeSpan& span);
  /// The first long enough piece of a vertical in `quiet` that no group claims; empty without one.
  Result<TimeSpan> recorded_part(const StationId& station, const TimeSpan& quiet) const;
  bool is_claimed(const TimeSpan& span) const;

  const streams::WaveformFolder& waveforms_;
  const StationActivity& activity_;
  const std::vector<LabelledEvent>& events_;
  const std::vector<EventGroup>& groups_;
  CatalogFiles& files_;
  CatalogDatasetReport& report_;
  std::map<StationId, std::size_t> windows_;  ///< of events, by station
  std::vector<Time> before_group_;            ///< the last label so far; empty at first
};

}  // namespace geod::trainer
