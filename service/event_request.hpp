#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "service/fdsn_parameters.hpp"
#include "storage/event_query.hpp"

namespace geod::service {

enum class EventFormat : std::uint8_t { kXml, kText, kGeojson };

/// What FDSN event 1 is asked for.
struct EventRequest {
  storage::EventQuery query;  ///< without offset and limit: some conditions are not the database's
  std::size_t skip = 0;
  std::optional<std::size_t> limit;
  std::vector<std::string> types;     ///< of event; empty: any
  std::vector<std::string> catalogs;  ///< as the next: names; empty: any
  std::vector<std::string> contributors;
  bool all_origins = false;
  bool all_magnitudes = false;
  bool arrivals = false;
  EventFormat format = EventFormat::kXml;

  /// Faults are left in `parameters`.
  static EventRequest read(Parameters& parameters);
};

std::span<const ParameterInfo> event_parameters();

}  // namespace geod::service
