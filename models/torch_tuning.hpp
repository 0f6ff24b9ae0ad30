#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/engine.hpp"

namespace geod::models {

/// Reduced precision is taken when no score of random windows moves by more than this...
inline constexpr double kMaxScoreChange = 0.02;
/// ...and it is faster by at least this factor: where the processor has the units it is twice to
/// four times as fast, and a smaller gain could be noise that changes the choice from start to
/// start, and with it the last digits of every score.
inline constexpr double kMinPrecisionGain = 1.5;
/// More threads are taken when they make it faster by at least this factor.
inline constexpr double kMinThreadGain = 1.1;

struct PrecisionChoice {
  bool is_bfloat16 = false;
  std::string reason;  ///< "bfloat16: 2.1 times as fast as float32, scores within 0.004"
};

/// Decides from what was measured.
///
/// @param wanted  kAuto: bfloat16 when accurate and faster. kFloat32: as told. kBfloat16: as told
/// when accurate enough, otherwise kDevice.
Result<PrecisionChoice> choose_precision(Precision wanted,
                                         double float32_s,
                                         double bfloat16_s,
                                         double score_change);

/// Best of several timings of each body in seconds, after one that does not count. They take turns,
/// so that other work on the machine falls on all of them.
std::vector<double> measure_s(const std::vector<std::function<void()>>& bodies);

}  // namespace geod::models
