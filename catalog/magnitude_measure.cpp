#include "catalog/magnitude_measure.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <utility>

#include "catalog/frequency_response.hpp"
#include "catalog/network_magnitude.hpp"

namespace geod::catalog {
namespace {

constexpr double kHorizontalDipDeg = 30.0;
/// Between the horizontals of one sensor; beyond it one of them is broken.
constexpr double kLargestRatio = 10.0;

bool is_horizontal(const ChannelEpoch& channel) {
  if (channel.dip_deg) {
    return std::abs(*channel.dip_deg) < kHorizontalDipDeg;
  }
  constexpr std::array<std::string_view, 4> kCodes{"N", "E", "1", "2"};
  return std::find(kCodes.begin(), kCodes.end(), channel.source_id.subsource) != kCodes.end();
}

const MagnitudePick* find_pick(std::span<const MagnitudePick> picks, const std::string& id) {
  const auto found = std::find_if(
      picks.begin(), picks.end(), [&id](const MagnitudePick& pick) { return pick.pick_id == id; });
  return found == picks.end() ? nullptr : &*found;
}

/// Whether another instrument of the station had better be asked.
bool is_doubtful(const StationMagnitude& magnitude) {
  double least_nm = magnitude.amplitudes.front().value_nm;
  double largest_nm = least_nm;
  for (const Amplitude& amplitude : magnitude.amplitudes) {
    least_nm = std::min(least_nm, amplitude.value_nm);
    largest_nm = std::max(largest_nm, amplitude.value_nm);
    if (amplitude.use == AmplitudeUse::kClipped) {
      return true;
    }
  }
  return largest_nm > kLargestRatio * least_nm;
}

}  // namespace

MagnitudeMeasure::Stations MagnitudeMeasure::stations_of(const EventVersion& event,
                                                         std::span<const MagnitudePick> picks,
                                                         const Inventory& inventory) const {
  struct Times {
    std::optional<Time> p;
    std::optional<Time> s;
  };
  Stations stations;
  std::map<StationId, Times> picked;
  for (const OriginArrival& arrival : event.arrivals) {
    const MagnitudePick* pick = find_pick(picks, arrival.pick_id);
    if (pick == nullptr) {
      continue;
    }
    const StationId id = pick->instrument.station_id();
    Station& station = stations[id];
    station.distance_km = arrival.distance_km;
    if (arrival.phase == Phase::kP) {
      picked[id].p = pick->time;
      station.p_pick_id = pick->pick_id;
      station.picked.insert(station.picked.begin(), pick->instrument);
    } else {
      picked[id].s = pick->time;
      station.picked.push_back(pick->instrument);
    }
  }
  const Origin& origin = event.origin;
  for (auto& [id, station] : stations) {
    const auto position = inventory.position_at(station.picked.front(), origin.time);
    const double elevation_km = position ? position->elevation_km() : 0.0;
    // By a name of its own: clang 14 captures no structured binding.
    const auto predicted = [&, distance_km = station.distance_km](Phase phase) {
      return origin.time +
             duration_from_seconds(
                 travel_times_.first_arrival(phase, distance_km, origin.depth_km, elevation_km)
                     .time_s);
    };
    station.hypocentral_km = std::hypot(station.distance_km, origin.depth_km + elevation_km);
    station.window = amplitude_window(picked[id].p.value_or(predicted(Phase::kP)),
                                      picked[id].s.value_or(predicted(Phase::kS)));
  }
  return stations;
}

Time MagnitudeMeasure::complete_at(const EventVersion& event,
                                   std::span<const MagnitudePick> picks,
                                   const Inventory& inventory) const {
  Time complete = event.origin.time;
  for (const auto& [id, station] : stations_of(event, picks, inventory)) {
    complete = std::max(complete, station.window.signal.to + kAmplitudeMargin);
  }
  return complete;
}

std::optional<StationMagnitude> MagnitudeMeasure::measure_instrument(
    const InstrumentId& id,
    const Station& station,
    std::span<const ChannelEpoch* const> channels,
    const WaveformSource& waveforms,
    std::vector<Unmeasured>& unmeasured) const {
  StationMagnitude magnitude;
  magnitude.instrument = id;
  magnitude.pick_id = station.p_pick_id;
  for (const ChannelEpoch* channel : channels) {
    if (channel->source_id.instrument_id() != id || !is_horizontal(*channel)) {
      continue;
    }
    const auto leave_out = [&](std::string reason) {
      unmeasured.push_back({channel->source_id.seed_id(), std::move(reason)});
    };
    if (channel->response == nullptr) {
      leave_out("the inventory has no response of it");
      continue;
    }
    const auto response = FrequencyResponse::make(*channel->response);
    if (!response) {
      leave_out(response.error().what);
      continue;
    }
    auto amplitude = measure_amplitude(
        channel->source_id, waveforms, *response, station.window, options_.least_snr);
    if (!amplitude) {
      leave_out(amplitude.error().what);
      continue;
    }
    if (station.hypocentral_km > kLargestHypocentralKm) {
      amplitude->use = AmplitudeUse::kTooFar;
    }
    magnitude.amplitudes.push_back(std::move(*amplitude));
  }
  return magnitude.amplitudes.empty() ? std::nullopt : std::optional(std::move(magnitude));
}

std::optional<StationMagnitude> MagnitudeMeasure::measure_station(
    const StationId& id,
    const Station& station,
    Time origin,
    const Inventory& inventory,
    const WaveformSource& waveforms,
    std::vector<Unmeasured>& unmeasured) const {
  const std::vector<const ChannelEpoch*> channels = inventory.channels_at(id, origin);
  std::vector<InstrumentId> instruments = station.picked;
  for (const ChannelEpoch* channel : channels) {
    instruments.push_back(channel->source_id.instrument_id());
  }
  std::optional<StationMagnitude> best;
  for (std::size_t i = 0; i < instruments.size(); ++i) {
    const auto earlier = instruments.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(instruments.begin(), earlier, instruments[i]) != earlier) {
      continue;
    }
    auto measured = measure_instrument(instruments[i], station, channels, waveforms, unmeasured);
    if (measured && (!best || !is_doubtful(*measured))) {
      best = std::move(measured);
    }
    if (best && !is_doubtful(*best)) {
      break;
    }
  }
  if (!best) {
    return std::nullopt;
  }
  double sum = 0.0;
  double sum_of_used = 0.0;
  int used = 0;
  for (const Amplitude& amplitude : best->amplitudes) {
    const double value = local_magnitude(amplitude.value_nm, station.hypocentral_km);
    sum += value;
    if (amplitude.use == AmplitudeUse::kUsed) {
      sum_of_used += value;
      ++used;
    }
  }
  best->weight = used > 0 && !is_doubtful(*best) ? 1.0 : 0.0;
  best->value =
      best->weight > 0.0 ? sum_of_used / used : sum / static_cast<double>(best->amplitudes.size());
  const auto correction = options_.station_corrections.find(id.to_string());
  best->value += correction == options_.station_corrections.end() ? 0.0 : correction->second;
  return best;
}

std::optional<Magnitude> MagnitudeMeasure::neural(const EventVersion& event,
                                                  std::span<const MagnitudePick> picks) const {
  std::vector<StationMagnitude> contributions;
  for (const OriginArrival& arrival : event.arrivals) {
    const MagnitudePick* pick = find_pick(picks, arrival.pick_id);
    if (pick == nullptr || !pick->neural_magnitude || !std::isfinite(*pick->neural_magnitude)) {
      continue;
    }
    StationMagnitude each;
    each.type = MagnitudeType::kMdl;
    each.instrument = pick->instrument;
    each.value = *pick->neural_magnitude;
    each.weight = 1.0;
    each.pick_id = pick->pick_id;
    contributions.push_back(std::move(each));
  }
  if (contributions.empty()) {
    return std::nullopt;
  }
  return network_magnitude(std::move(contributions), options_.largest_residual);
}

MagnitudeMeasure::Outcome MagnitudeMeasure::measure(const EventVersion& event,
                                                    std::span<const MagnitudePick> picks,
                                                    const Inventory& inventory,
                                                    const WaveformSource& waveforms) const {
  Outcome outcome;
  std::vector<StationMagnitude> contributions;
  for (const auto& [id, station] : stations_of(event, picks, inventory)) {
    auto measured =
        measure_station(id, station, event.origin.time, inventory, waveforms, outcome.unmeasured);
    if (measured) {
      contributions.push_back(std::move(*measured));
    }
  }
  if (std::any_of(contributions.begin(), contributions.end(), [](const StationMagnitude& each) {
        return each.weight > 0.0;
      })) {
    outcome.magnitudes.push_back(
        network_magnitude(std::move(contributions), options_.largest_residual));
  } else {
    for (StationMagnitude& each : contributions) {
      std::move(
          each.amplitudes.begin(), each.amplitudes.end(), std::back_inserter(outcome.uncounted));
    }
  }
  if (auto of_network = neural(event, picks)) {
    outcome.magnitudes.push_back(std::move(*of_network));
  }
  order_by_preference(outcome.magnitudes, options_.enough_stations);
  return outcome;
}

}  // namespace geod::catalog
