#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "daemon/drawn_event.hpp"
#include "daemon/map_projection.hpp"

namespace geod {

struct MapStation {
  std::string name;  ///< "NET.STA"
  MapPoint place;
};

/// A fibre whose course is known.
struct MapFibre {
  std::string fibre_id;
  std::vector<MapPoint> course;  ///< from the first channel on
};

struct EventMap {
  std::string title;      ///< without the number of events
  std::string chosen_by;  ///< how the events were chosen, in words; may be empty
  std::vector<DrawnEvent> events;
  std::vector<MapStation> stations;
  std::vector<MapFibre> fibres;
  /// Shown instead of what the events and the stations about them span.
  std::optional<MapExtent> extent;
};

/// What a map shows: all epicentres, and the stations and fibres no further from them than they are
/// from each other, 100 km at least; all stations where there is no event. Absent: nothing at all.
std::optional<MapExtent> extent_of(const EventMap& map);

/// An SVG file: epicentres with their magnitude as size and their depth as colour, the large ones
/// below, 68 % error ellipses of up to 500 events, stations with their names where there is room,
/// fibres, graticule, scale bar, north, legend and what is shown in words. The same map gives the
/// same bytes. kNotFound when there is nothing to show.
Result<std::string> event_map_svg(const EventMap& map);

}  // namespace geod
