#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/response.hpp"
#include "core/error.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"

namespace geod::catalog {

/// Where a sensor is; of a station, where its ground is (at no depth).
/// Source: Elevation and Depth of a channel in FDSN StationXML 1.2, where the elevation is that of
/// the sensor and the ground lies its depth above it.
struct Position {
  double latitude_deg = 0.0;   ///< WGS84
  double longitude_deg = 0.0;  ///< in [-180, 180]
  double elevation_m = 0.0;    ///< of the sensor above sea level, negative on the sea bed
  double depth_m = 0.0;        ///< of the sensor below the ground

  double elevation_km() const { return 1e-3 * elevation_m; }
  /// The ground above it.
  Position ground() const { return {latitude_deg, longitude_deg, elevation_m + depth_m, 0.0}; }
  bool operator==(const Position&) const = default;
};

/// kConfig when it is not on earth.
Result<void> check_position(const Position& position);

/// A span of time: from its start up to, without, its end.
struct Epoch {
  Time start = Time::min();
  Time end = Time::max();  ///< max: still going on

  bool contains(Time time) const { return start <= time && time < end; }
  bool operator==(const Epoch&) const = default;
};

/// One channel between two changes at the station.
struct ChannelEpoch {
  SourceId source_id;
  Epoch epoch;
  Position position;
  std::optional<double> sample_rate_hz;
  std::optional<double> azimuth_deg;  ///< of the axis, clockwise from north
  std::optional<double> dip_deg;      ///< down from the horizontal: -90 is a sensor that points up
  std::shared_ptr<const InstrumentResponse> response;  ///< null where the file has none
};

/// One station between two changes of where it stands.
struct StationEpoch {
  StationId station;
  Epoch epoch;
  Position position;
  std::string site;
};

/// Stations and channels with all their epochs. What is in force is asked for with the time of the
/// data, never with now: records of a sensor that is gone are read with what it was. Where epochs
/// overlap, the one that began last is in force.
///
/// Thread: immutable once made; any.
class Inventory {
 public:
  Inventory() = default;
  /// kConfig when an epoch ends before it starts or a position is not on earth.
  static Result<Inventory> make(std::vector<ChannelEpoch> channels,
                                std::vector<StationEpoch> stations);

  /// Null when the channel is not known at that time.
  const ChannelEpoch* channel_at(const SourceId& id, Time time) const;

  /// All of a station that are known at that time, by id.
  std::vector<const ChannelEpoch*> channels_at(const StationId& id, Time time) const;

  /// Of any of its channels at that time, else of its station.
  std::optional<Position> position_at(const InstrumentId& id, Time time) const;
  std::optional<Position> position_at(const StationId& id, Time time) const;

  const std::vector<ChannelEpoch>& channels() const { return channels_; }  ///< by id, then start
  const std::vector<StationEpoch>& stations() const { return stations_; }  ///< by id, then start

 private:
  std::span<const ChannelEpoch> channels_of(const StationId& id) const;

  std::vector<ChannelEpoch> channels_;
  std::vector<StationEpoch> stations_;
};

/// Reads a file, StationXML when it begins as XML does, else the CSV of inventory_csv.hpp. Errors
/// as there; kNotFound and kIo of the file; kCorruptRecord when it is larger than 256 MB.
Result<Inventory> read_inventory(const std::filesystem::path& path);

}  // namespace geod::catalog
