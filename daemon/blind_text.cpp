#include "daemon/blind_text.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "core/clock.hpp"

namespace geod {
namespace {

constexpr std::size_t kHoursNamed = 4;
constexpr std::size_t kStationsNamed = 4;
// Live data are looked at some time after they were recorded: the newest are not missed yet.
constexpr Duration kLatency = std::chrono::minutes{2};

std::string line_of(const storage::BlindHour& hour) {
  std::string stations;
  for (std::size_t i = 0; i < std::min(hour.blinds.size(), kStationsNamed); ++i) {
    stations += fmt::format("{}{} {:.0f} %",
                            i == 0 ? "" : ", ",
                            hour.blinds[i].code,
                            100.0 * hour.blinds[i].looked_share);
  }
  if (hour.blinds.size() > kStationsNamed) {
    stations += fmt::format(" and {} more", hour.blinds.size() - kStationsNamed);
  }
  return fmt::format("blind: {} of {} stations had less than 90 % of {} looked at: {}\n",
                     hour.blinds.size(),
                     hour.stations,
                     to_iso(hour.hour, 0).substr(0, 13),
                     stations);
}

}  // namespace

Result<std::optional<storage::Blindness>> blindness_of(storage::Reader& reader,
                                                       const storage::EventQuery& query) {
  if (!query.from && !query.to) {
    return std::nullopt;
  }
  storage::BlindQuery blind;
  blind.from = query.from;
  blind.to = query.to;
  blind.stations = query.stations;
  if (blind.to) {
    blind.to = std::min(*blind.to, SystemClock{}.now() - kLatency);
  }
  auto blindness = reader.blindness(blind);
  if (!blindness && blindness.error().code == Errc::kUnsupported) {
    return std::nullopt;
  }
  if (!blindness) {
    return tl::unexpected(blindness.error());
  }
  return std::move(*blindness);
}

std::string blind_text(const storage::Blindness& blindness) {
  if (blindness.stations == 0) {
    return "blind: no station was looked at within a month of the span\n";
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(blindness.hours.size(), kHoursNamed); ++i) {
    text += line_of(blindness.hours[i]);
  }
  if (blindness.hours.size() > kHoursNamed) {
    text += fmt::format(
        "blind: and in {} hours more until {}; geod catalog completeness lists what was looked "
        "at\n",
        blindness.hours.size() - kHoursNamed,
        to_iso(blindness.hours.back().hour, 0).substr(0, 13));
  }
  return text;
}

std::size_t blind_stations(const storage::Blindness& blindness, Time time) {
  const Time hour = std::chrono::floor<std::chrono::hours>(time);
  const auto found =
      std::lower_bound(blindness.hours.begin(),
                       blindness.hours.end(),
                       hour,
                       [](const storage::BlindHour& each, Time at) { return each.hour < at; });
  return found != blindness.hours.end() && found->hour == hour ? found->blinds.size() : 0;
}

}  // namespace geod
