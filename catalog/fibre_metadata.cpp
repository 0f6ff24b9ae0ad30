#include "catalog/fibre_metadata.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <GeographicLib/UTMUPS.hpp>
#include <nlohmann/json.hpp>

namespace geod::catalog {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxChannels = 200'000;
constexpr std::size_t kMaxIdChars = 32;

/// What stands under `key`: of an array its items, of an object itself; nothing where it is not.
std::vector<const Json*> items(const Json& parent, const char* key) {
  std::vector<const Json*> found;
  if (!parent.is_object()) {
    return found;
  }
  const auto at = parent.find(key);
  if (at == parent.end()) {
    return found;
  }
  if (at->is_object()) {
    found.push_back(&*at);
  } else if (at->is_array()) {
    for (const Json& item : *at) {
      if (item.is_object()) {
        found.push_back(&item);
      }
    }
  }
  return found;
}

std::vector<const Json*> channel_groups(const Json& root) {
  std::vector<const Json*> groups = items(root, "channel_groups");
  for (const Json* interrogator : items(root, "interrogators")) {
    for (const Json* acquisition : items(*interrogator, "acquisitions")) {
      const auto inner = items(*acquisition, "channel_groups");
      groups.insert(groups.end(), inner.begin(), inner.end());
    }
  }
  return groups;
}

std::string text_of(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

/// An array that must have `count` entries; null when it is left out and may be.
Result<const Json*> array_of(const Json& channels,
                             const char* key,
                             std::size_t count,
                             bool is_needed) {
  const auto at = channels.find(key);
  if (at == channels.end() && !is_needed) {
    return nullptr;
  }
  if (at == channels.end() || !at->is_array() || at->size() != count) {
    return fail(Errc::kConfig, "{} is not an array of {} entries as channel_ids", key, count);
  }
  return &*at;
}

Result<std::int64_t> number_of(const Json& id) {
  if (id.is_number_integer()) {
    return id.get<std::int64_t>();
  }
  const std::string text = id.is_string() ? id.get<std::string>() : std::string{};
  const std::size_t last_other = text.find_last_not_of("0123456789");
  const std::size_t first = last_other == std::string::npos ? 0 : last_other + 1;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  if (text.size() > kMaxIdChars || first == text.size() ||
      std::from_chars(text.data() + first, end, number).ec != std::errc{}) {
    return fail(Errc::kConfig,
                "the channel id {} has no number; end it in that of the channel along the fibre",
                id.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, kMaxIdChars));
  }
  return number;
}

/// From the coordinates of a channel group to those on the ellipsoid.
class Projection {
 public:
  static Result<Projection> of(const Json& group) {
    const std::string system = text_of(group, "coordinate_system");
    Projection projection;
    if (system.empty() || system == "geographic") {
      return projection;
    }
    const std::string frame = text_of(group, "reference_frame");
    const std::size_t digit = frame.find_first_of("0123456789", frame.find("UTM") + 3);
    const std::size_t letter = frame.find_first_not_of("0123456789", digit);
    int zone = 0;
    if (system != "UTM" || frame.find("UTM") == std::string::npos || letter == std::string::npos ||
        std::from_chars(frame.data() + digit, frame.data() + letter, zone).ec != std::errc{} ||
        zone < GeographicLib::UTMUPS::MINUTMZONE || zone > GeographicLib::UTMUPS::MAXUTMZONE ||
        (frame[letter] != 'N' && frame[letter] != 'S')) {
      return fail(Errc::kConfig,
                  "coordinates of system '{}', reference frame '{}' cannot be placed; give "
                  "geographic ones, or UTM with 'UTM Zone 11N'",
                  system.substr(0, kMaxIdChars),
                  frame.substr(0, kMaxIdChars));
    }
    projection.zone_ = zone;
    projection.is_north_ = frame[letter] == 'N';
    return projection;
  }

  Result<Position> place(double x, double y) const {
    Position position{y, x, 0.0, 0.0};
    if (zone_ == 0) {
      return position;
    }
    try {
      GeographicLib::UTMUPS::Reverse(
          zone_, is_north_, x, y, position.latitude_deg, position.longitude_deg);
    } catch (const GeographicLib::GeographicErr& error) {
      return fail(Errc::kConfig, "x {} m, y {} m in UTM zone {}: {}", x, y, zone_, error.what());
    }
    return position;
  }

 private:
  int zone_ = 0;  ///< 0: geographic
  bool is_north_ = true;
};

Result<double> value_at(const Json* array, std::size_t i, const char* key) {
  if (array == nullptr) {
    return 0.0;
  }
  const Json& value = (*array)[i];
  const double number = value.is_number() ? value.get<double>() : NAN;
  if (!std::isfinite(number)) {
    return fail(Errc::kConfig, "entry {} of {} is not a number", i, key);
  }
  return number;
}

Result<void> read_channels(const Json& channels,
                           const Projection& projection,
                           std::vector<FibrePoint>& points) {
  const auto ids = channels.find("channel_ids");
  if (ids == channels.end()) {
    return {};
  }
  if (!ids->is_array() || points.size() + ids->size() > kMaxChannels) {
    return fail(Errc::kConfig, "channel_ids is not an array of at most {} entries", kMaxChannels);
  }
  static constexpr std::pair<const char*, bool> kArrays[]{{"x_coordinates", true},
                                                          {"y_coordinates", true},
                                                          {"elevations_above_sea_level", false},
                                                          {"depths_below_surface", false}};
  const Json* arrays[std::size(kArrays)]{};
  for (std::size_t a = 0; a < std::size(kArrays); ++a) {
    const auto array = array_of(channels, kArrays[a].first, ids->size(), kArrays[a].second);
    if (!array) {
      return tl::unexpected(array.error());
    }
    arrays[a] = *array;
  }
  for (std::size_t i = 0; i < ids->size(); ++i) {
    const auto channel = number_of((*ids)[i]);
    if (!channel) {
      return tl::unexpected(channel.error());
    }
    double values[std::size(kArrays)]{};
    for (std::size_t a = 0; a < std::size(kArrays); ++a) {
      const auto value = value_at(arrays[a], i, kArrays[a].first);
      if (!value) {
        return tl::unexpected(value.error());
      }
      values[a] = *value;
    }
    auto position = projection.place(values[0], values[1]);
    if (!position) {
      return tl::unexpected(position.error());
    }
    position->elevation_m = values[2] - values[3];
    points.push_back({*channel, *position});
  }
  return {};
}

}  // namespace

Result<std::optional<FibrePositions>> parse_fibre_metadata(std::string_view json) {
  const Json root = Json::parse(json, nullptr, false);
  if (!root.is_object()) {
    return fail(Errc::kConfig, "the metadata is not a JSON object");
  }
  std::vector<FibrePoint> points;
  for (const Json* group : channel_groups(root)) {
    const auto channels = items(*group, "channels");
    if (channels.empty()) {
      continue;
    }
    const auto projection = Projection::of(*group);
    if (!projection) {
      return tl::unexpected(projection.error());
    }
    for (const Json* each : channels) {
      if (auto read = read_channels(*each, *projection, points); !read) {
        return tl::unexpected(read.error());
      }
    }
  }
  if (points.empty()) {
    return std::nullopt;
  }
  std::stable_sort(points.begin(), points.end(), [](const FibrePoint& a, const FibrePoint& b) {
    return a.channel < b.channel;
  });
  auto positions = FibrePositions::make(std::move(points));
  if (!positions) {
    return tl::unexpected(positions.error());
  }
  return std::optional(std::move(*positions));
}

}  // namespace geod::catalog
