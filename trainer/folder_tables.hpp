#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "trainer/csv_table.hpp"
#include "trainer/dataset_description.hpp"
#include "trainer/event_tables.hpp"
#include "trainer/quakeml.hpp"
#include "trainer/recording.hpp"

namespace geod::trainer {

/// Half-width of the mask around a doubtful pick.
inline constexpr double kDoubtS = 0.5;

/// The tables of one folder: attaches labels, events, masks, noise and folds to its recordings.
/// Formats in docs/training.md.
class FolderTables {
 public:
  /// `recordings` of this folder, ordered as `build_recordings` does; must outlive the object.
  FolderTables(const DatasetFolder& folder, std::vector<Recording>& recordings, double rate_hz);

  /// Attaches all tables of the folder; labels, events and stations are those of `catalogue` where
  /// there is one. `unmatched` receives labels outside every recording.
  /// Errors: the first bad table or row, named.
  Result<void> attach(std::size_t& unmatched, const CatalogueTables* catalogue = nullptr);

 private:
  /// A label as it stands in the table.
  struct Arrival {
    Phase phase = Phase::kP;
    double sample = 0.0;
    std::string event;
    EventLabel facts;  ///< of the event's columns, only with P
  };
  struct Station {
    std::vector<std::size_t> by_start;  ///< indexes of its recordings
    Duration longest{0};
  };

  Result<void> attach_files();
  Result<void> read_event_tables();
  Result<void> attach_labels(const CsvTable& table);
  Result<void> attach_doubtful(const CsvTable& table);
  Result<void> attach_masks(const CsvTable& table);
  Result<void> attach_noise(const CsvTable& table);
  Result<void> attach_records(const CsvTable& table);
  /// Pairs P with S and makes Recording::events.
  void make_events();

  /// The recordings a row speaks of that overlap [from, to].
  std::vector<std::size_t> matches(const CsvTable& table,
                                   std::size_t row,
                                   Time from,
                                   Time to) const;
  Result<std::pair<Time, Time>> span_of(const CsvTable& table, std::size_t row) const;

  const DatasetFolder& folder_;
  std::vector<Recording>& recordings_;
  double rate_hz_;
  std::map<StationId, Station> stations_;
  EventTables event_tables_;
  std::vector<std::vector<Arrival>> arrivals_;  ///< of each recording
  std::size_t unmatched_ = 0;
};

}  // namespace geod::trainer
