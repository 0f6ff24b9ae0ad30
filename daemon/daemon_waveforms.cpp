#include <filesystem>

#include "daemon/daemon.hpp"
#include "daemon/daemon_parts.hpp"

namespace geod {

/// The ring is there for those who measure amplitudes, too: geod-assoc follows it.
void Daemon::open_waveforms() {
  const config::WaveformsConfig& waveforms = config_.storage.waveforms;
  const bool has_inventory = config_.catalog.enabled && !config_.catalog.inventory.empty();
  if (waveforms.folder.empty() && !has_inventory) {
    return;
  }
  parts_->ring.emplace(
      streams::WaveformRing::Limits{waveforms.ring, waveforms.ring_memory, has_inventory});
  if (!waveforms.folder.empty()) {
    const auto root = std::filesystem::path(config_.daemon.state_directory) / waveforms.folder;
    parts_->keeper.emplace(*parts_->ring, root, waveforms.quota, stats_);
    parts_->kept.emplace(root);
    parts_->recent_then_kept.emplace(*parts_->ring, *parts_->kept);
  }
}

const WaveformSource* Daemon::waveforms() const {
  if (parts_->recent_then_kept) {
    return &*parts_->recent_then_kept;
  }
  return parts_->ring ? &*parts_->ring : nullptr;
}

}  // namespace geod
