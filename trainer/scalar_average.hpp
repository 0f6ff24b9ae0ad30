#pragma once

#include <span>

#include "models/geometry.hpp"

namespace geod::trainer {

/// One answer from the windows around one P.
struct AveragedScalar {
  double value = 0.0;   ///< pmp: probability of up; baz: degrees in [0, 360); emg; dis: km
  double spread = 0.0;  ///< standard deviation over the windows, same unit; baz: circular
};

/// Mean of the outputs of a scalar task; baz as unit vectors, so that neither 0 nor 360 is special.
/// @param outputs  [N, K] after the activation, N of at least 1 (ScoreBatch).
AveragedScalar average_scalar(models::Task task, std::span<const float> outputs);

}  // namespace geod::trainer
