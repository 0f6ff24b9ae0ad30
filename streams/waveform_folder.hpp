#pragma once

#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/waveform_source.hpp"
#include "streams/mseed_folder.hpp"
#include "streams/sds_tree.hpp"

namespace geod::streams {

/// Waveforms out of a folder, whichever way its files are laid out: an SDS tree where folders of
/// years lie in it, else any miniSEED files.
///
/// Thread: immutable once opened; any.
class WaveformFolder final : public WaveformSource {
 public:
  /// kNotFound when there is no such folder; else errors of MseedFolder::open.
  static Result<WaveformFolder> open(const std::filesystem::path& folder);

  Result<std::vector<Waveform>> read(const SourceId& channel, Time from, Time to) const override;

  /// Channels of a station that may have samples in [from, to), in order.
  std::vector<SourceId> channels_of(const StationId& station, Time from, Time to) const;

 private:
  explicit WaveformFolder(SdsTree tree) : tree_(std::move(tree)) {}
  explicit WaveformFolder(MseedFolder files) : files_(std::move(files)) {}

  std::optional<SdsTree> tree_;  ///< either this or the next
  std::optional<MseedFolder> files_;
};

}  // namespace geod::streams
