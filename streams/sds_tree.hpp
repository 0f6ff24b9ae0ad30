#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/waveform_source.hpp"
#include "streams/record_runs.hpp"

namespace geod::streams {

/// A UTC day.
using Day = std::chrono::sys_days;

/// Names of SeisComP's data structure (SDS): YEAR/NET/STA/CHAN.D/NET.STA.LOC.CHAN.D.YEAR.DAY.
std::filesystem::path sds_path(const SourceId& channel, Day day);

/// The other way round from the name of a file; nothing for any other name.
struct SdsName {
  SourceId channel;
  Day day;
};
std::optional<SdsName> parse_sds_name(const std::string& file_name);

/// Reads waveforms of an SDS tree, geod's own or another's. Damaged records are passed over.
/// Thread: any.
class SdsTree final : public WaveformSource {
 public:
  explicit SdsTree(std::filesystem::path root) : root_(std::move(root)) {}

  Result<std::vector<Waveform>> read(const SourceId& channel, Time from, Time to) const override;

  /// Records that overlap [from, to), in the order of days and files.
  Result<SharedRecords> records(const SourceId& channel, Time from, Time to) const;

  /// Channels of a station that have a file of any day that touches [from, to], by id.
  std::vector<SourceId> channels_of(const StationId& station, Time from, Time to) const;

  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

}  // namespace geod::streams
