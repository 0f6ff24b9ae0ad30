#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/source_id.hpp"
#include "core/time.hpp"

namespace geod {

enum class Phase : std::uint8_t { kP = 0, kS = 1 };
constexpr std::string_view to_string(Phase phase) {
  return phase == Phase::kP ? "P" : "S";
}

/// A final pick: a time on a station with a phase hint. Emitted once, never revised.
struct Pick {
  std::string pick_id;  ///< see make_pick_id
  InstrumentId instrument;
  Phase phase_hint = Phase::kP;
  Time time;                   ///< sub-sample
  double uncertainty_s = 0.0;  ///< one standard deviation, clock uncertainty included
  double probability = 0.0;    ///< calibrated, in [0, 1]
  double score = 0.0;          ///< height of the merged score peak, in [0, 1], uncalibrated
  std::string components;      ///< subsource codes that took part, e.g. "ZNE", "Z12", "Z"
  std::string model_id;        ///< name and version of the model folder
  std::string model_hash;      ///< content hash of its weights, 64 hex digits
  std::string adapter_id;      ///< name and version of the bundle; empty: the model's own head
  std::string adapter_hash;    ///< of the bundle, 64 hex digits or empty
  /// When the last sample that the pick needed arrived (monotonic); not stored.
  std::chrono::steady_clock::time_point completed_at{};

  bool operator==(const Pick&) const = default;
};

/// Stable id from instrument, phase and time to 0.1 s: 16 hex digits of a 64-bit FNV-1a. The store
/// refuses a second pick of the same instrument, phase and model within half the minimum distance,
/// so that rounding at a 0.1 s border cannot double one.
std::string make_pick_id(const InstrumentId& instrument, Phase phase, Time time);

}  // namespace geod
