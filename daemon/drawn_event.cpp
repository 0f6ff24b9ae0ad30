#include "daemon/drawn_event.hpp"

#include <fmt/format.h>

namespace geod {

DrawnEvent drawn_event(const storage::StoredEvent& stored) {
  DrawnEvent drawn;
  const EventVersion& automatic = stored.event;
  drawn.event_id = automatic.event_id;
  if (!automatic.magnitudes.empty()) {
    drawn.magnitude = automatic.magnitudes.front().value;
    drawn.magnitude_type = to_string(automatic.magnitudes.front().type);
  }
  if (stored.reviewed.empty()) {
    const Origin& origin = automatic.origin;
    drawn.time = origin.time;
    drawn.epicentre = {origin.latitude_deg, origin.longitude_deg};
    drawn.depth_km = origin.depth_km;
    drawn.ellipse = origin.ellipse;
    return drawn;
  }
  const ReviewedEvent& reviewed = stored.reviewed.front();
  drawn.is_reviewed = true;
  drawn.time = reviewed.time;
  drawn.epicentre = {reviewed.latitude_deg, reviewed.longitude_deg};
  drawn.depth_km = reviewed.depth_km;
  if (drawn.event_id.empty()) {
    drawn.event_id = reviewed.public_id;
  }
  if (!reviewed.magnitudes.empty()) {
    drawn.magnitude = reviewed.magnitudes.front().value;
    drawn.magnitude_type = reviewed.magnitudes.front().type;
  }
  return drawn;
}

std::string magnitude_text(const DrawnEvent& event) {
  return event.magnitude ? fmt::format("{} {:.1f}", event.magnitude_type, *event.magnitude)
                         : "magnitude not known";
}

}  // namespace geod
