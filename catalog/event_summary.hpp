#pragma once

#include <optional>
#include <string>

#include "core/time.hpp"
#include "storage/event_query.hpp"
#include "storage/preferred_event.hpp"

namespace geod::catalog {

/// What is preferred of an event, in one line, with who said it.
struct EventSummary {
  storage::PreferredEvent preferred;
  std::string id;  ///< 16 hex digits; the public id of an event that is a reviewed one alone
  std::optional<double> standard_error_s;
  std::optional<double> azimuthal_gap_deg;
  std::optional<double> nearest_station_km;
  std::optional<int> stations;
  std::string agency;  ///< of a reviewed origin, as the next; may be empty
  std::string author;
  std::string type;         ///< of event, one of QuakeML's; empty when the review names none
  std::string description;  ///< from the review, may be empty
  bool magnitude_is_reviewed = false;
  Time updated;  ///< wall time of the newest version's or review's commit
};

EventSummary summary_of(const storage::StoredEvent& stored);

/// The event type as QuakeML 1.2 has it: `type` itself where it is one of the schema, nothing where
/// it is empty, else "other event".
std::string quakeml_event_type(const std::string& type);

}  // namespace geod::catalog
