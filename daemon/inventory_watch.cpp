#include "daemon/inventory_watch.hpp"

#include <utility>

#include <sys/stat.h>

#include "core/log.hpp"

namespace geod {

InventoryWatch::InventoryWatch(const config::CatalogConfig& config) {
  for (const std::string& path : config.inventory) {
    files_.emplace_back().path = path;
  }
  for (const auto& [fibre_id, fibre] : config.fibres) {
    File& file = files_.emplace_back();
    file.path = fibre.positions;
    file.fibre_id = fibre_id;
  }
}

std::optional<InventoryWatch::Stamp> InventoryWatch::stamp_of(const std::filesystem::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    return std::nullopt;
  }
  const auto changed =
      std::chrono::seconds{found.st_mtim.tv_sec} + std::chrono::nanoseconds{found.st_mtim.tv_nsec};
  return Stamp{to_ns(Time{changed}), static_cast<std::uint64_t>(found.st_size), found.st_ino};
}

bool InventoryWatch::look() {
  const bool is_first = !std::exchange(has_looked_, true);
  bool is_changed = false;
  for (File& file : files_) {
    const std::optional<Stamp> now = stamp_of(file.path);
    const bool stands_still = now == std::exchange(file.seen, now);
    if (is_first || (stands_still && now != file.read)) {
      file.read = now;
      is_changed = read(file) || is_changed;
    }
  }
  if (!is_changed) {
    return false;
  }
  if (auto done = put_together(); !done) {
    ++errors_;
    spdlog::error("msg=\"the inventory does not hold together, the old one stays\" reason=\"{}\"",
                  done.error().what);
    return false;
  }
  reloads_ += is_first ? 0U : 1U;
  spdlog::info("msg=\"inventory read\" channels={} stations={} fibres={}",
               places_->inventory.channels().size(),
               places_->inventory.stations().size(),
               places_->fibres.size());
  return true;
}

/// True when it says something now; else what it said before stays.
bool InventoryWatch::read(File& file) {
  Result<void> done;
  if (file.fibre_id.empty()) {
    auto inventory = catalog::read_inventory(file.path);
    if (inventory) {
      file.inventory = std::move(*inventory);
    } else {
      done = tl::unexpected(inventory.error());
    }
  } else {
    auto positions = catalog::read_fibre_positions(file.path);
    if (positions) {
      file.positions = std::move(*positions);
    } else {
      done = tl::unexpected(positions.error());
    }
  }
  file.fault = done ? std::string{} : done.error().what;
  if (!done) {
    ++errors_;
    spdlog::error("msg=\"not taken up, what was known of it before stays\" file={} reason=\"{}\"",
                  file.path.string(),
                  file.fault);
  }
  return done.has_value();
}

Result<void> InventoryWatch::put_together() {
  std::vector<catalog::ChannelEpoch> channels;
  std::vector<catalog::StationEpoch> stations;
  Places places;
  for (const File& file : files_) {
    const auto& more_channels = file.inventory.channels();
    const auto& more_stations = file.inventory.stations();
    channels.insert(channels.end(), more_channels.begin(), more_channels.end());
    stations.insert(stations.end(), more_stations.begin(), more_stations.end());
    if (file.positions) {
      places.fibres.insert_or_assign(file.fibre_id, *file.positions);
    }
  }
  auto inventory = catalog::Inventory::make(std::move(channels), std::move(stations));
  if (!inventory) {
    return tl::unexpected(inventory.error());
  }
  places.inventory = std::move(*inventory);
  places_ = std::make_shared<const Places>(std::move(places));
  return {};
}

std::vector<std::string> InventoryWatch::faults() const {
  std::vector<std::string> faults;
  for (const File& file : files_) {
    if (!file.fault.empty()) {
      faults.push_back(file.fault);
    }
  }
  return faults;
}

}  // namespace geod
