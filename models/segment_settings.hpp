#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace geod::models {

/// How a fibre is brought to the tiles that a network for das was trained on, and how events are
/// read from its mask. Source of the defaults: none is published, see docs/das.md.
struct DasSettings {
  /// Grid of the tiles. A fibre of the configuration may state another one (a borehole at 1 m needs
  /// it): the network sees shapes, not metres.
  double sampling_rate_hz = 100.0;
  double channel_spacing_m = 10.0;
  /// Band that is kept, as shares of the grid's sampling rate: a tile looks alike at any rate.
  double band_low = 0.01;
  double band_high = 0.45;
  /// Value of a tile: 127.5 + 127.5 * sample / (clip_sigmas * sigma of the channel), in [0, 255].
  double clip_sigmas = 6.0;
  /// From one tile to the next; tiles overlap where it is less than rows or columns.
  std::int64_t row_hop = 256;
  std::int64_t column_hop = 256;
  /// An event begins on a channel where its probability reaches `threshold_on` and lasts while it
  /// is at least `threshold_off`.
  double threshold_on = 0.5;
  double threshold_off = 0.25;
  /// What a connected part of the mask must be to count as an event.
  std::int64_t min_channels = 40;    ///< of the grid
  std::int64_t min_rows = 20;        ///< longest run on a channel
  double min_probability = 0.6;      ///< mean
  double min_velocity_m_s = 1000.0;  ///< apparent; slower are vehicles and surface waves
  /// One standard deviation of arrivals in samples of the grid, on held-out data: read from the
  /// trace, and taken from the border of the mask.
  double sigma_refined_samples = 3.0;
  double sigma_border_samples = 10.0;
};

/// What the classes of an image task mean.
struct SegmentSettings {
  /// By index; 0 is the background. das: "event" (its border is a first arrival), or "P" and "S".
  std::vector<std::string> class_names{"background", "event"};
  DasSettings das;  ///< of task das
};

}  // namespace geod::models
