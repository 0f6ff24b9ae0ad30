#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/error.hpp"
#include "core/time.hpp"

namespace geod::trainer {

struct SynthOptions {
  std::filesystem::path out;
  int events = 20;
  std::uint64_t seed = 1;
  int stations = 6;
  double sampling_rate_hz = 100.0;
  double window_s = 60.0;         ///< recorded around each event, at every station
  double spacing_s = 120.0;       ///< from event to event
  double radius_km = 40.0;        ///< of the network
  double source_radius_km = 0.0;  ///< of the epicentres around its centre; 0: 1.3 radius_km
  double before_p_s = 0.0;       ///< recorded before P; 0: the origin is at a quarter of the window
  bool even_magnitudes = false;  ///< all sizes equally often instead of Gutenberg-Richter
  double min_magnitude = 1.0;
  double max_magnitude = 4.5;
  std::filesystem::path noise;  ///< data set whose noise intervals are mixed in; empty: synthetic
  Time start = time_from_ns(1577836800'000000000);  ///< 2020-01-01
};

struct SynthReport {
  int events = 0;
  std::size_t labels_p = 0;
  std::size_t labels_s = 0;
  std::size_t unlabelled_arrivals = 0;  ///< below the noise: masked
};

/// Writes a labelled data set of synthetic earthquakes that `geod train` and `geod eval` read:
/// miniSEED (Steim-2 counts), labels.csv (with first motions), masks.csv, noise.csv,
/// events.csv, stations.csv, dataset.json. The same options give the same bytes.
///
/// Physics: hypocentres in and around the network, magnitudes by Gutenberg-Richter (b = 1) or even,
/// rays and travel times in a crust with linear gradient, amplitudes by moment, double-couple
/// radiation, distance and Brune's spectrum with attenuation, the free surface above a slower site
/// (P moves away from or towards the source on the horizontals, up or down with it on the
/// vertical), coda, site amplification and noise, a velocity sensor (4.5 Hz, 1 Hz or 120 s) and a
/// 24-bit digitiser that clips. An arrival is labelled when its first second stands 1.5 times above
/// the noise before it and masked otherwise; a first motion when its first swing stands 2 times
/// above the standard deviation of the noise. Errors: kIo naming the file; those of the noise data
/// set.
Result<SynthReport> synthesise_seismic(const SynthOptions& options,
                                       const std::function<void(int event)>& progress);

}  // namespace geod::trainer
