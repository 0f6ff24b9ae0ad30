#pragma once

#include <cstdint>

#include <cuda_runtime_api.h>

namespace geod::models {

/// models::normalise for many components at once, on the device and by the same rules: mean and
/// population standard deviation in float64 over the samples that are there, zeros where samples
/// are missing and in a component that holds a value which is not finite.
///
/// @param samples  [rows, length] counts, device memory.
/// @param present  [rows, length] 1 where there is a sample, 0 where it is missing, device memory.
/// @param out  [rows, length], device memory, not `samples`.
/// @return  what the launch returned; the work itself is queued on `stream`.
cudaError_t launch_normalise(const float* samples,
                             const std::uint8_t* present,
                             float* out,
                             int rows,
                             int length,
                             cudaStream_t stream);

}  // namespace geod::models
