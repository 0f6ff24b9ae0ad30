#include "trainer/event_tables.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace geod::trainer {
namespace {

/// Beyond these no scale has a value; a number outside is a unit or a column gone wrong.
constexpr double kLeastMagnitude = -5.0;
constexpr double kGreatestMagnitude = 10.0;
/// Half the circumference of the Earth.
constexpr double kGreatestDistanceKm = 20040.0;

Result<std::optional<double>> number_between(
    const CsvTable& table, std::size_t row, std::string_view column, double low, double high) {
  auto value = table.number(row, column);
  if (value && *value && (**value < low || **value > high)) {
    return fail(Errc::kCorruptRecord,
                "{}: {} must lie between {} and {}, not at {}",
                table.where(row),
                column,
                low,
                high,
                **value);
  }
  return value;
}

/// Nothing where either coordinate is absent.
Result<std::optional<GeoPoint>> point_of(const CsvTable& table, std::size_t row) {
  const auto latitude = number_between(table, row, "latitude", -90.0, 90.0);
  const auto longitude = number_between(table, row, "longitude", -180.0, 360.0);
  if (!latitude || !longitude) {
    return tl::unexpected(!latitude ? latitude.error() : longitude.error());
  }
  if (!*latitude || !*longitude) {
    return std::nullopt;
  }
  return GeoPoint{**latitude, **longitude};
}

double in_circle(double degrees) {
  const double rest = std::fmod(degrees, 360.0);
  return rest < 0.0 ? rest + 360.0 : rest;
}

}  // namespace

Result<void> EventTables::read_events(const CsvTable& table) {
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto id = table.required(row, "event");
    const auto place = point_of(table, row);
    const auto magnitude =
        number_between(table, row, "magnitude", kLeastMagnitude, kGreatestMagnitude);
    if (!id || !place || !magnitude) {
      return tl::unexpected(!id ? id.error() : !place ? place.error() : magnitude.error());
    }
    add_event(std::string(*id), {*place, *magnitude});
  }
  return {};
}

Result<void> EventTables::read_stations(const CsvTable& table) {
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto station = table.required(row, "station");
    const auto place = point_of(table, row);
    if (!station || !place) {
      return tl::unexpected(!station ? station.error() : place.error());
    }
    if (*place) {
      add_station({std::string(table.field(row, "network")), std::string(*station)}, **place);
    }
  }
  return {};
}

void EventTables::complete(const std::string& event,
                           const StationId& station,
                           EventLabel& label) const {
  const auto facts = events_.find(event);
  if (facts == events_.end()) {
    return;
  }
  if (!label.magnitude) {
    label.magnitude = facts->second.magnitude;
  }
  const auto place = stations_.find(station);
  if (!facts->second.epicentre || place == stations_.end()) {
    return;
  }
  const EpicentralPath path = epicentral_path(place->second, *facts->second.epicentre);
  if (!label.distance_km) {
    label.distance_km = path.distance_km;
  }
  if (!label.back_azimuth_deg) {
    label.back_azimuth_deg = path.back_azimuth_deg;
  }
}

Result<std::optional<bool>> parse_polarity(std::string_view text) {
  std::string word(text);
  std::ranges::transform(
      word, word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (word == "u" || word == "c" || word == "up" || word == "positive") {
    return true;
  }
  if (word == "d" || word == "r" || word == "down" || word == "negative") {
    return false;
  }
  if (word.empty() || word == "n" || word == "unknown" || word == "undecidable") {
    return std::nullopt;
  }
  return fail(Errc::kCorruptRecord, "polarity must be U, C, D, R or n, not {}", text);
}

Result<EventLabel> read_event_columns(const CsvTable& table, std::size_t row) {
  const auto polarity = parse_polarity(table.field(row, "polarity"));
  if (!polarity) {
    return fail_with(polarity.error(), table.where(row));
  }
  const auto back_azimuth = number_between(table, row, "back_azimuth_deg", -360.0, 360.0);
  const auto magnitude =
      number_between(table, row, "magnitude", kLeastMagnitude, kGreatestMagnitude);
  const auto distance = number_between(table, row, "distance_km", 0.0, kGreatestDistanceKm);
  for (const auto* number : {&back_azimuth, &magnitude, &distance}) {
    if (!*number) {
      return tl::unexpected(number->error());
    }
  }
  EventLabel label;
  label.first_motion_up = *polarity;
  if (*back_azimuth) {
    label.back_azimuth_deg = in_circle(**back_azimuth);
  }
  label.magnitude = *magnitude;
  label.distance_km = *distance;
  return label;
}

bool has_scalar(const EventLabel& label) {
  return label.first_motion_up || label.back_azimuth_deg || label.magnitude || label.distance_km;
}

}  // namespace geod::trainer
