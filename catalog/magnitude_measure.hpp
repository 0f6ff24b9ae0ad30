#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalog/amplitude.hpp"
#include "catalog/inventory.hpp"
#include "catalog/travel_times.hpp"
#include "core/event.hpp"
#include "core/pick.hpp"
#include "core/waveform_source.hpp"

namespace geod::catalog {

struct MagnitudeOptions {
  double least_snr = 3.0;
  double largest_residual = 1.0;  ///< of a station from the network's, to count
  int enough_stations = 3;        ///< for an ML that is preferred
  /// Added to what a station says; by "NET.STA".
  std::map<std::string, double, std::less<>> station_corrections;
};

/// What magnitudes take of a pick.
struct MagnitudePick {
  std::string pick_id;
  InstrumentId instrument;
  Phase phase = Phase::kP;
  Time time;
  std::optional<double> neural_magnitude;  ///< of a P pick that an emg bundle looked at
};

/// Why a channel or an instrument gave no amplitude.
struct Unmeasured {
  std::string what;  ///< "NET.STA.LOC.CHA" or "NET.STA.LOC.BS"
  std::string reason;
  bool operator==(const Unmeasured&) const = default;
};

/// Measures the magnitudes of an event: ML from waveforms and responses (IASPEI 2013), Mdl from
/// what a network said of its P picks.
///
/// Stations are those with an arrival. Of each the instrument that was picked is measured; when it
/// is clipped, has no response or no samples, or its horizontals contradict each other by more than
/// a factor of ten (one is broken), the station's others in the order of their codes.
/// Horizontal channels are those of a dip within 30 degrees, or by their code. Each is measured by
/// itself from P to S plus the longer of 15 s and S minus P (which holds Lg at 3.1 km/s), against
/// the noise in as long a window up to 1 s before P. P and S are the picked ones, where there are
/// such, else the origin's predicted. A station's ML is the mean of its horizontals that count,
/// plus its correction. With one clipped it does not count, as the other is the weaker one; nor
/// where they contradict each other.
///
/// Thread: any. Keeps a reference to `travel_times`.
class MagnitudeMeasure {
 public:
  MagnitudeMeasure(const TravelTimes& travel_times, MagnitudeOptions options)
      : travel_times_(travel_times), options_(std::move(options)) {}

  struct Outcome {
    std::vector<Magnitude> magnitudes;  ///< the preferred one first; one a type at most
    std::vector<Amplitude> uncounted;   ///< where no station counts, so that there is no ML
    std::vector<Unmeasured> unmeasured;
  };

  /// `picks` in any order; those that are no arrival of the event are passed over.
  Outcome measure(const EventVersion& event,
                  std::span<const MagnitudePick> picks,
                  const Inventory& inventory,
                  const WaveformSource& waveforms) const;

  /// Data time at which the last window of the event has passed: before it, stations whose samples
  /// are still to come are unmeasured.
  Time complete_at(const EventVersion& event,
                   std::span<const MagnitudePick> picks,
                   const Inventory& inventory) const;

 private:
  /// A station with an arrival.
  struct Station {
    std::vector<InstrumentId> picked;  ///< that of P first
    double distance_km = 0.0;
    double hypocentral_km = 0.0;
    std::string p_pick_id;
    AmplitudeWindow window;
  };
  using Stations = std::map<StationId, Station>;

  Stations stations_of(const EventVersion& event,
                       std::span<const MagnitudePick> picks,
                       const Inventory& inventory) const;
  std::optional<StationMagnitude> measure_station(const StationId& id,
                                                  const Station& station,
                                                  Time origin,
                                                  const Inventory& inventory,
                                                  const WaveformSource& waveforms,
                                                  std::vector<Unmeasured>& unmeasured) const;
  std::optional<StationMagnitude> measure_instrument(const InstrumentId& id,
                                                     const Station& station,
                                                     std::span<const ChannelEpoch* const> channels,
                                                     const WaveformSource& waveforms,
                                                     std::vector<Unmeasured>& unmeasured) const;
  std::optional<Magnitude> neural(const EventVersion& event,
                                  std::span<const MagnitudePick> picks) const;

  const TravelTimes& travel_times_;
  MagnitudeOptions options_;
};

}  // namespace geod::catalog
