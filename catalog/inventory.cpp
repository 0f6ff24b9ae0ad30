#include "catalog/inventory.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <tuple>
#include <utility>

#include "catalog/inventory_csv.hpp"
#include "catalog/station_xml.hpp"

namespace geod::catalog {
namespace {

constexpr std::uintmax_t kMaxBytes = 256ULL << 20U;
constexpr double kDeepestM = -12'000.0;
constexpr double kHighestM = 10'000.0;

bool is_on_earth(const Position& position) {
  return std::abs(position.latitude_deg) <= 90.0 && std::abs(position.longitude_deg) <= 180.0 &&
         position.elevation_m >= kDeepestM && position.elevation_m <= kHighestM &&
         std::abs(position.depth_m) <= -kDeepestM;
}

Result<void> check(const std::string& name, const Epoch& epoch, const Position& position) {
  if (epoch.end <= epoch.start) {
    return fail(Errc::kConfig,
                "{}: the epoch from {} ends at {}",
                name,
                to_iso(epoch.start),
                to_iso(epoch.end));
  }
  if (auto good = check_position(position); !good) {
    return fail(good.error().code, "{}: {}", name, good.error().what);
  }
  return {};
}

/// The last to begin of those that contain the time and for which `is_wanted`; null without one.
template <class Items, class Wanted>
auto in_force(const Items& items, Time time, const Wanted& is_wanted) -> decltype(items.data()) {
  decltype(items.data()) found = nullptr;
  for (const auto& item : items) {
    if (item.epoch.contains(time) && is_wanted(item) &&
        (found == nullptr || item.epoch.start >= found->epoch.start)) {
      found = &item;
    }
  }
  return found;
}

}  // namespace

Result<void> check_position(const Position& position) {
  if (!is_on_earth(position)) {
    return fail(Errc::kConfig,
                "latitude {}, longitude {}, elevation {} m, depth {} m is no place on earth",
                position.latitude_deg,
                position.longitude_deg,
                position.elevation_m,
                position.depth_m);
  }
  return {};
}

Result<Inventory> Inventory::make(std::vector<ChannelEpoch> channels,
                                  std::vector<StationEpoch> stations) {
  for (const ChannelEpoch& channel : channels) {
    if (auto good = check(channel.source_id.seed_id(), channel.epoch, channel.position); !good) {
      return tl::unexpected(good.error());
    }
  }
  for (const StationEpoch& station : stations) {
    if (auto good = check(station.station.to_string(), station.epoch, station.position); !good) {
      return tl::unexpected(good.error());
    }
  }
  Inventory inventory;
  inventory.channels_ = std::move(channels);
  inventory.stations_ = std::move(stations);
  std::stable_sort(inventory.channels_.begin(),
                   inventory.channels_.end(),
                   [](const ChannelEpoch& a, const ChannelEpoch& b) {
                     return std::tie(a.source_id, a.epoch.start) <
                            std::tie(b.source_id, b.epoch.start);
                   });
  std::stable_sort(inventory.stations_.begin(),
                   inventory.stations_.end(),
                   [](const StationEpoch& a, const StationEpoch& b) {
                     return std::tie(a.station, a.epoch.start) < std::tie(b.station, b.epoch.start);
                   });
  return inventory;
}

std::span<const ChannelEpoch> Inventory::channels_of(const StationId& id) const {
  const auto before = [](const ChannelEpoch& channel, const StationId& station) {
    return channel.source_id.station_id() < station;
  };
  const auto begin = std::lower_bound(channels_.begin(), channels_.end(), id, before);
  const auto end = std::find_if(begin, channels_.end(), [&id](const ChannelEpoch& channel) {
    return channel.source_id.station_id() != id;
  });
  return {begin, end};
}

const ChannelEpoch* Inventory::channel_at(const SourceId& id, Time time) const {
  return in_force(channels_of(id.station_id()), time, [&id](const ChannelEpoch& channel) {
    return channel.source_id == id;
  });
}

std::vector<const ChannelEpoch*> Inventory::channels_at(const StationId& id, Time time) const {
  std::vector<const ChannelEpoch*> found;
  for (const ChannelEpoch& channel : channels_of(id)) {
    if (channel_at(channel.source_id, time) == &channel) {
      found.push_back(&channel);
    }
  }
  return found;
}

std::optional<Position> Inventory::position_at(const InstrumentId& id, Time time) const {
  const ChannelEpoch* channel =
      in_force(channels_of(id.station_id()), time, [&id](const ChannelEpoch& each) {
        return each.source_id.instrument_id() == id;
      });
  return channel == nullptr ? position_at(id.station_id(), time) : channel->position;
}

std::optional<Position> Inventory::position_at(const StationId& id, Time time) const {
  const StationEpoch* station =
      in_force(stations_, time, [&id](const StationEpoch& each) { return each.station == id; });
  if (station != nullptr) {
    return station->position;
  }
  const ChannelEpoch* channel =
      in_force(channels_of(id), time, [](const ChannelEpoch&) { return true; });
  return channel == nullptr ? std::nullopt : std::optional(channel->position);
}

Result<Inventory> read_inventory(const std::filesystem::path& path) {
  std::error_code fault;
  const std::uintmax_t bytes = std::filesystem::file_size(path, fault);
  if (fault) {
    return fail(Errc::kNotFound, "{}: {}", path.string(), fault.message());
  }
  if (bytes > kMaxBytes) {
    return fail(Errc::kCorruptRecord,
                "{}: {} bytes, more than any inventory has ({})",
                path.string(),
                bytes,
                kMaxBytes);
  }
  std::string text(bytes, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(text.data(), static_cast<std::streamsize>(bytes))) {
    return fail(Errc::kIo, "{}: cannot be read", path.string());
  }
  const std::size_t first = text.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  const bool is_xml = first != std::string::npos && text[first] == '<';
  return is_xml ? parse_station_xml(text, path.string()) : parse_inventory_csv(text, path.string());
}

}  // namespace geod::catalog
