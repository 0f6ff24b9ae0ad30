#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/source_id.hpp"
#include "core/waveform_source.hpp"
#include "trainer/catalog_labels.hpp"

namespace geod::trainer {

/// All channels of a station over a span.
struct StationRecords {
  struct Channel {
    SourceId id;
    std::vector<Waveform> pieces;
  };
  StationId station;
  std::vector<Channel> channels;

  bool empty() const { return channels.empty(); }
  /// Whether a vertical has a sample at `time`.
  bool holds(Time time) const;
};

/// Writes a data set as docs/training.md describes it: `events/` with recordings of kind windows
/// and their tables, `noise/` with recordings free of arrivals. It is made beside the folder and
/// renamed, so that a folder that is there is whole.
class CatalogFiles {
 public:
  /// kIo when the folder is there already or cannot be made.
  static Result<CatalogFiles> create(const std::filesystem::path& folder);

  Result<void> add_event_records(const StationRecords& records);
  Result<void> add_noise_records(const StationRecords& records, const TimeSpan& span);
  /// `group` names what must not be on both sides of a split.
  void add_label(const CatalogLabel& label, const std::string& group, int fold);
  void add_doubtful(const DoubtfulPick& pick);
  void add_mask(const StationId& station, Phase phase, const TimeSpan& span);
  void add_event_noise(const StationId& station, const TimeSpan& span);
  std::size_t noise_records() const { return noise_records_; }

  /// Writes the tables and dataset.json, and puts the folder into place.
  Result<void> finish(const std::string& labels_by);

 private:
  explicit CatalogFiles(std::filesystem::path folder);
  Result<void> write(const std::string& name, const std::string& text) const;

  std::filesystem::path folder_;
  std::filesystem::path partial_;
  std::size_t noise_records_ = 0;
  std::string labels_;
  std::string uncertain_;
  std::string masks_;
  std::string event_noise_;
  std::string noise_;
};

}  // namespace geod::trainer
