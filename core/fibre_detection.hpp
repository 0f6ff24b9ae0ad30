#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/pick.hpp"
#include "core/time.hpp"

namespace geod {

/// First arrival of a phase at one channel of a fibre.
struct FibreArrival {
  std::int64_t channel = 0;  ///< number along the fibre
  Phase phase_hint = Phase::kP;
  Time time;
  double uncertainty_s = 0.0;  ///< one standard deviation
  float probability = 0.0F;    ///< mean of the mask over the arrival
  bool is_refined = false;     ///< read from the trace; else the border of the mask
  bool operator==(const FibreArrival&) const = default;
};

/// Where the mask of a detection lies on one channel: samples of the model's grid [from, to).
struct MaskRun {
  std::int64_t channel = 0;  ///< number along the fibre
  Time from;
  Time to;
  bool operator==(const MaskRun&) const = default;
};

/// One arrival of an aperture of a fibre, for the association with stations: a fibre's thousands of
/// channels speak there as few. Time and place are those of a channel near the middle.
struct FibrePick {
  std::int64_t channel = 0;
  std::int64_t first_channel = 0;  ///< of the aperture, as the next
  std::int64_t last_channel = 0;
  int arrivals = 0;  ///< it was made of
  Phase phase_hint = Phase::kP;
  Time time;
  double uncertainty_s = 0.0;
  double probability = 0.0;
  bool operator==(const FibrePick&) const = default;
};

/// An event on a fibre: one connected part of the mask, however many tiles it was seen in. Emitted
/// once, when no later tile can change it.
struct FibreDetection {
  std::string detection_id;  ///< see make_detection_id
  std::string fibre_id;
  Time from;  ///< extent of the mask, as the next
  Time to;
  std::int64_t first_channel = 0;  ///< numbers along the fibre, both within
  std::int64_t last_channel = 0;
  double channel_spacing_m = 0.0;  ///< between two channel numbers; 0: the stream did not tell
  double mean_probability = 0.0;   ///< of the mask
  double max_probability = 0.0;
  /// Along the fibre, from a robust line through the arrivals; negative: towards lower channels.
  /// 0: not known (spacing not told, or too few arrivals).
  double apparent_velocity_m_s = 0.0;
  std::vector<MaskRun> mask;           ///< ascending in channel, then time
  std::vector<FibreArrival> arrivals;  ///< ascending in phase, then channel
  std::vector<FibrePick> picks;
  std::string model_id;
  std::string model_hash;
  std::string adapter_id;
  std::string adapter_hash;
  /// When the last sample that it needed arrived (monotonic); not stored.
  std::chrono::steady_clock::time_point completed_at{};

  bool operator==(const FibreDetection&) const = default;
};

/// Stable id from fibre, first channel and start of the mask to 0.1 s: 16 hex digits of a 64-bit
/// FNV-1a. A replay gives the same.
std::string make_detection_id(std::string_view fibre_id, std::int64_t first_channel, Time from);

/// Names a pick of a detection, e.g. "00c0ffee00c0ffee:P:412" (channel).
std::string fibre_pick_id(std::string_view detection_id, const FibrePick& pick);

}  // namespace geod
