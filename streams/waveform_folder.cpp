#include "streams/waveform_folder.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace geod::streams {
namespace {

namespace fs = std::filesystem;

/// "2019"
bool is_year(const std::string& name) {
  return name.size() == 4 && name.find_first_not_of("0123456789") == std::string::npos;
}

bool holds_years(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->is_directory(error) && is_year(at->path().filename().string())) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<WaveformFolder> WaveformFolder::open(const fs::path& folder) {
  if (holds_years(folder)) {
    return WaveformFolder(SdsTree(folder));
  }
  auto files = MseedFolder::open(folder);
  if (!files) {
    return tl::unexpected(files.error());
  }
  return WaveformFolder(std::move(*files));
}

Result<std::vector<Waveform>> WaveformFolder::read(const SourceId& channel,
                                                   Time from,
                                                   Time to) const {
  return tree_ ? tree_->read(channel, from, to) : files_->read(channel, from, to);
}

std::vector<SourceId> WaveformFolder::channels_of(const StationId& station,
                                                  Time from,
                                                  Time to) const {
  if (tree_) {
    return tree_->channels_of(station, from, to);
  }
  std::vector<SourceId> channels = files_->channels();
  std::erase_if(channels, [&station](const SourceId& id) { return id.station_id() != station; });
  return channels;
}

}  // namespace geod::streams
