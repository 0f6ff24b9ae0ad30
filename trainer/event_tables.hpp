#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/source_id.hpp"
#include "trainer/csv_table.hpp"
#include "trainer/geodesic.hpp"
#include "trainer/recording.hpp"

namespace geod::trainer {

/// What a catalogue says of an earthquake.
struct EventFacts {
  std::optional<GeoPoint> epicentre;
  std::optional<double> magnitude;
};

/// Magnitudes and epicentres of events, coordinates of stations: what turns an arrival into the
/// labels of the scalar tasks.
class EventTables {
 public:
  /// Table with `event` and any of `latitude` and `longitude`, `magnitude`.
  Result<void> read_events(const CsvTable& table);
  /// Table with `network`, `station`, `latitude`, `longitude`.
  Result<void> read_stations(const CsvTable& table);

  void add_event(const std::string& id, const EventFacts& facts) { events_[id] = facts; }
  void add_station(const StationId& id, const GeoPoint& place) { stations_[id] = place; }

  /// Fills magnitude, distance and back-azimuth of `label` where it lacks them and the tables know.
  void complete(const std::string& event, const StationId& station, EventLabel& label) const;

 private:
  std::map<std::string, EventFacts> events_;
  std::map<StationId, GeoPoint> stations_;
};

/// First motion from "U", "C" (compression), "up", "positive" or "D", "R" (rarefaction), "down",
/// "negative", any case; nothing from "", "n", "unknown" and "undecidable"; kCorruptRecord else.
Result<std::optional<bool>> parse_polarity(std::string_view text);

/// The optional columns polarity, back_azimuth, magnitude and distance_km of one row;
/// kCorruptRecord naming it when one is not what it should be.
Result<EventLabel> read_event_columns(const CsvTable& table, std::size_t row);

/// Whether any scalar task can learn from it.
bool has_scalar(const EventLabel& label);

}  // namespace geod::trainer
