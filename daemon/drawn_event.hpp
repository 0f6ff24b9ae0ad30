#pragma once

#include <optional>
#include <string>

#include "core/event.hpp"
#include "core/time.hpp"
#include "daemon/map_projection.hpp"
#include "storage/event_query.hpp"

namespace geod {

/// What a picture shows of an event: the preferred of what is stored.
struct DrawnEvent {
  std::string event_id;
  Time time;
  MapPoint epicentre;
  std::optional<double> depth_km;  ///< below sea level
  std::optional<double> magnitude;
  std::string magnitude_type;
  std::optional<EpicentreEllipse> ellipse;  ///< automatic origins have one
  bool is_reviewed = false;
};

/// The reviewed origin and magnitude where there are, else those of the newest version.
DrawnEvent drawn_event(const storage::StoredEvent& stored);

/// "ML 3.4", "magnitude not known".
std::string magnitude_text(const DrawnEvent& event);

}  // namespace geod
