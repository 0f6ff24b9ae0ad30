#include "catalog/event_windows.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include "catalog/amplitude.hpp"
#include "catalog/surface_point.hpp"

namespace geod::catalog {
namespace {

constexpr double kReachOfFarthest = 1.2;
constexpr double kLeastReachKm = 50.0;
constexpr Duration kBeforeP = std::chrono::minutes{1};

}  // namespace

std::vector<EventWindow> event_windows(const EventVersion& event,
                                       const Inventory& inventory,
                                       const TravelTimes& travel_times) {
  const Origin& origin = event.origin;
  double reach_km = kLeastReachKm;
  for (const OriginArrival& arrival : event.arrivals) {
    reach_km = std::max(reach_km, kReachOfFarthest * arrival.distance_km);
  }
  const SurfacePoint epicentre = surface_point(origin.latitude_deg, origin.longitude_deg);
  std::map<InstrumentId, TimeSpan> spans;
  for (const ChannelEpoch& channel : inventory.channels()) {
    const InstrumentId instrument = channel.source_id.instrument_id();
    if (!channel.epoch.contains(origin.time) || spans.contains(instrument)) {
      continue;
    }
    const Position& position = channel.position;
    const double distance_km =
        way_between(epicentre, surface_point(position.latitude_deg, position.longitude_deg))
            .distance_km;
    if (distance_km > reach_km) {
      continue;
    }
    const auto arrival = [&](Phase phase) {
      return origin.time +
             duration_from_seconds(
                 travel_times
                     .first_arrival(phase, distance_km, origin.depth_km, position.elevation_km())
                     .time_s);
    };
    const AmplitudeWindow amplitude = amplitude_window(arrival(Phase::kP), arrival(Phase::kS));
    spans[instrument] = {amplitude.signal.from - kBeforeP, amplitude.signal.to + kAmplitudeMargin};
  }
  std::vector<EventWindow> windows;
  windows.reserve(spans.size());
  for (const auto& [instrument, span] : spans) {
    windows.push_back({instrument, span});
  }
  return windows;
}

}  // namespace geod::catalog
