#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/source_id.hpp"
#include "core/time.hpp"

namespace geod {

enum class MagnitudeType : std::uint8_t {
  kMl,   ///< local, from Wood-Anderson amplitudes (IASPEI 2013)
  kMdl,  ///< a network's, from normalised records; never averaged with another type
};
constexpr std::string_view to_string(MagnitudeType type) {
  constexpr std::array<std::string_view, 2> kNames{"ML", "Mdl"};
  return kNames[static_cast<std::size_t>(type)];
}

/// Whether an amplitude counts, and if not, why.
enum class AmplitudeUse : std::uint8_t { kUsed, kClipped, kLowSnr, kTooFar, kOutlier };
constexpr std::string_view to_string(AmplitudeUse use) {
  constexpr std::array<std::string_view, 5> kNames{
      "used", "clipped", "low_snr", "too_far", "outlier"};
  return kNames[static_cast<std::size_t>(use)];
}

/// Largest ground displacement on one horizontal channel, as a Wood-Anderson seismometer of static
/// magnification 1 shows it.
struct Amplitude {
  SourceId channel;
  double value_nm = 0.0;  ///< zero to peak
  double period_s = 0.0;  ///< twice the time between the zero crossings beside the peak
  Time time;              ///< of the peak
  Time window_from;       ///< that was searched
  Time window_to;
  double snr = 0.0;  ///< peak over the peak of the noise before P in a window as long
  AmplitudeUse use = AmplitudeUse::kUsed;
  bool operator==(const Amplitude&) const = default;
};

/// Magnitude of one type at one station.
struct StationMagnitude {
  MagnitudeType type = MagnitudeType::kMl;
  InstrumentId instrument;
  double value = 0.0;
  double residual = 0.0;              ///< from the network magnitude
  double weight = 0.0;                ///< in [0, 1]; 0: it does not count
  std::vector<Amplitude> amplitudes;  ///< it is the mean of; empty for kMdl
  std::string pick_id;                ///< of the P pick; may be empty for kMl
  bool operator==(const StationMagnitude&) const = default;
};

/// Magnitude of an event of one type.
struct Magnitude {
  MagnitudeType type = MagnitudeType::kMl;
  double value = 0.0;
  double uncertainty = 0.0;  ///< 1.4826 MAD / sqrt(n) of the stations; 0 with one station
  int stations = 0;          ///< that count
  std::vector<StationMagnitude> contributions;
  bool operator==(const Magnitude&) const = default;
};

}  // namespace geod
