#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace geod {

/// A station: network and station code, "NET.STA" in print.
struct StationId {
  std::string network;
  std::string station;

  std::string to_string() const { return network + "." + station; }
  auto operator<=>(const StationId&) const = default;
};

/// One sensor at a station: all of a source id but its orientation. The components Z, N, E of one
/// instrument are put together into windows. Printed "NET.STA.LOC.BS" (BS = band and source).
struct InstrumentId {
  std::string network;
  std::string station;
  std::string location;
  std::string band;
  std::string source;

  StationId station_id() const { return {network, station}; }
  std::string to_string() const;
  auto operator<=>(const InstrumentId&) const = default;
};

/// FDSN source identifier, the key of every channel inside geod:
/// `FDSN:NET_STA_LOC_BAND_SOURCE_SUBSOURCE` (docs.fdsn.org/projects/source-identifiers).
/// NET and STA 1 to 8, LOC 0 to 8 characters of A-Z 0-9, `-` also in STA and LOC.
struct SourceId {
  std::string network;
  std::string station;
  std::string location;
  std::string band;
  std::string source;
  std::string subsource;

  /// From SEED codes, e.g. ("CI", "CLC", "", "HHZ"). Codes are trimmed of spaces. A channel of one
  /// character, as temporary deployments write it, is an orientation without band and source.
  /// kCorruptRecord when a code is empty, too long or has a character outside the set.
  static Result<SourceId> from_seed(std::string_view network,
                                    std::string_view station,
                                    std::string_view location,
                                    std::string_view channel);

  /// From "FDSN:CI_CLC__H_H_Z". Errors as from_seed.
  static Result<SourceId> parse(std::string_view text);

  /// "FDSN:CI_CLC__H_H_Z".
  std::string to_string() const;

  /// "CI.CLC..HHZ", for people and legacy wires.
  std::string seed_id() const;

  StationId station_id() const { return {network, station}; }
  InstrumentId instrument_id() const { return {network, station, location, band, source}; }

  auto operator<=>(const SourceId&) const = default;
};

}  // namespace geod

template <>
struct std::hash<geod::SourceId> {
  std::size_t operator()(const geod::SourceId& id) const noexcept;
};
template <>
struct std::hash<geod::InstrumentId> {
  std::size_t operator()(const geod::InstrumentId& id) const noexcept;
};
template <>
struct std::hash<geod::StationId> {
  std::size_t operator()(const geod::StationId& id) const noexcept;
};
