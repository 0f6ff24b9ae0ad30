#pragma once

#include <vector>

#include "catalog/inventory.hpp"
#include "catalog/travel_times.hpp"
#include "core/event.hpp"
#include "core/source_id.hpp"
#include "core/waveform_source.hpp"

namespace geod::catalog {

/// What is worth keeping of one instrument's waveforms.
struct EventWindow {
  InstrumentId instrument;
  TimeSpan span;
};

/// The waveforms of an event that are worth keeping: of every instrument of the inventory, picked
/// or not, up to 1.2 times as far as the farthest arrival and at least up to 50 km, from a minute
/// before the predicted P to the end of what amplitudes are measured in. By instrument.
std::vector<EventWindow> event_windows(const EventVersion& event,
                                       const Inventory& inventory,
                                       const TravelTimes& travel_times);

}  // namespace geod::catalog
