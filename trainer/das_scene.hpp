#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/fibre_field.hpp"
#include "trainer/fibre_moveout.hpp"
#include "trainer/fibre_path.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {

/// What a scene is drawn from. Times of earthquakes are drawn in rows of a tile, so that a network
/// sees the same shapes on every grid.
struct DasSceneOptions {
  double rate_hz = 100.0;
  double spacing_m = 10.0;
  std::int64_t channels = 252;
  std::int64_t rows = 2520;
  std::int64_t tile_rows = 252;  ///< the scale: S - P is 0.06 to 3 of it, mostly below 0.7
  std::int64_t quiet_rows = 0;   ///< at the beginning: no event
  /// The first event begins within half a tile of there, or before.
  bool begins_early = false;
  double band_low_hz = 1.0;  ///< in which arrivals are told from noise, as the next
  double band_high_hz = 45.0;
  bool with_events = true;
  std::span<const FibreCurve> curves;  ///< observed ones, for some of the events
};

/// An earthquake of a scene: rows of the first arrivals on every channel; S after P.
struct DasSceneEvent {
  std::vector<double> p_row;
  std::vector<double> s_row;
};

/// A recording of a fibre with all that is known of it.
struct DasScene {
  FibrePath path;
  double rate_hz = 0.0;
  double gauge_m = 0.0;
  FibreField samples;  ///< strain rate, in units of the incoherent noise
  std::vector<std::int64_t> dead_channels;
  std::vector<DasSceneEvent> events;  ///< ascending in time
  /// [rows, channels]: 0 background, 1 P and 2 S, each in a band from its onset (P at most to the
  /// onset of S), kUnknownLabel in the codas and where a phase drowns in the noise (das_labels).
  std::vector<std::int8_t> labels;
};

/// Depends on the state of `rng` and the options alone.
DasScene make_das_scene(Rng& rng, const DasSceneOptions& options);

}  // namespace geod::trainer
