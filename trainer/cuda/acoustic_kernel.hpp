#pragma once

#include <cuda_runtime_api.h>

#include "trainer/cuda/acoustic_step.cuh"

namespace geod::trainer {

/// One time step of `shots` shots on the device.
/// @return  what the launch returned; the work itself is queued on `stream`.
cudaError_t launch_acoustic_step(const AcousticStep& step, int shots, cudaStream_t stream);

}  // namespace geod::trainer
