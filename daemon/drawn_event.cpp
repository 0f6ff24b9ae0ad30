#include "daemon/drawn_event.hpp"

#include <fmt/format.h>

#include "storage/preferred_event.hpp"

namespace geod {

DrawnEvent drawn_event(const storage::StoredEvent& stored) {
  const storage::PreferredEvent preferred = storage::preferred_of(stored);
  DrawnEvent drawn;
  drawn.event_id = storage::id_of(stored);
  drawn.time = preferred.time;
  drawn.epicentre = {preferred.latitude_deg, preferred.longitude_deg};
  drawn.depth_km = preferred.depth_km;
  drawn.magnitude = preferred.magnitude;
  drawn.magnitude_type = preferred.magnitude_type;
  drawn.is_reviewed = preferred.is_reviewed;
  if (!preferred.is_reviewed) {
    drawn.ellipse = stored.event.origin.ellipse;
  }
  return drawn;
}

std::string magnitude_text(const DrawnEvent& event) {
  return event.magnitude ? fmt::format("{} {:.1f}", event.magnitude_type, *event.magnitude)
                         : "magnitude not known";
}

}  // namespace geod
