#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "core/error.hpp"
#include "core/source_id.hpp"
#include "core/waveform_source.hpp"

namespace geod::streams {

/// The miniSEED files of a folder and of all below it, whatever they are called: exported windows,
/// the records of a temporary network. What every file holds is found once, from the headers of
/// its records; samples are read when they are asked for.
///
/// Thread: immutable once opened; any.
class MseedFolder : public WaveformSource {
 public:
  /// Files that a folder may hold; larger archives are SDS trees, which are found by their names.
  static constexpr std::size_t kMostFiles = 20000;

  /// Files that hold no miniSEED are passed over, and so are damaged records.
  /// Errors: kNotFound when there is no such folder or no miniSEED in it, kIo when a file cannot be
  /// read, kUnsupported when there are more than kMostFiles.
  static Result<MseedFolder> open(const std::filesystem::path& folder);

  /// Records that overlap earlier ones give what is new in them.
  Result<std::vector<Waveform>> read(const SourceId& channel, Time from, Time to) const override;

  /// All channels, in order.
  std::vector<SourceId> channels() const;

 private:
  struct Part {
    std::filesystem::path file;
    TimeSpan span;  ///< from the first sample of the channel in the file to after its last
  };
  std::map<SourceId, std::vector<Part>> parts_;
};

}  // namespace geod::streams
