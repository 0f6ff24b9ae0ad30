#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include <c10/core/ScalarType.h>

#include "models/engine.hpp"
#include "models/geometry.hpp"

namespace geod::models {

/// Keeps LibTorch to one thread in its scope: preparing must leave the cores to whoever scores.
class OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

/// Reduced precision is taken when no score of random windows moves by more than this, as a share
/// of the task's range of outputs...
inline constexpr double kMaxScoreChange = 0.02;
/// ...and it is faster by at least this factor: where the processor has the units it is twice to
/// four times as fast, and a smaller gain could be noise that changes the choice from start to
/// start, and with it the last digits of every score.
inline constexpr double kMinPrecisionGain = 1.5;
/// More threads are taken when they make it faster by at least this factor.
inline constexpr double kMinThreadGain = 1.1;

/// A reduced precision as measured.
struct ReducedPrecision {
  Precision precision = Precision::kBfloat16;
  double seconds = 0.0;
  double score_change = 0.0;  ///< largest against float32
};

struct PrecisionChoice {
  Precision precision = Precision::kFloat32;
  std::string reason;  ///< "bfloat16: 2.1 times as fast as float32, scores within 0.004"
};

/// Decides from what was measured.
///
/// @param wanted  kAuto: the first of `measured` that is accurate and faster, unless a later one is
/// faster still by as much. kFloat32: as told. Others: as told when accurate enough, otherwise
/// kDevice; `measured` is that one.
Result<PrecisionChoice> choose_precision(Precision wanted,
                                         double float32_s,
                                         std::span<const ReducedPrecision> measured);

/// The type that a network is stored and computed in; not for kAuto.
at::ScalarType scalar_type(Precision precision);

/// Best of several timings of each body in seconds, after one that does not count. They take turns,
/// so that other work on the machine falls on all of them.
std::vector<double> measure_s(const std::vector<std::function<void()>>& bodies);

/// Best of a few runs of `body` in seconds; of one where that is long.
double measure_briefly_s(const std::function<void()>& body);

/// Windows of noise with a decaying burst, as a stand-in for what will come. Always the same.
std::vector<Window> tuning_windows(const SeisMollmGeometry& geometry, std::size_t count);

/// The largest absolute difference; infinite when a value is not finite. Both are equally long.
double largest_change(std::span<const float> a, std::span<const float> b);

}  // namespace geod::models
