#include <cstddef>

#include "models/cuda/normalise_kernel.hpp"

namespace geod::models {
namespace {

constexpr int kThreads = 512;  // a power of two

/// The sum of `value` over the block, in every thread.
__device__ double block_sum(double value, double* shared) {
  const int thread = static_cast<int>(threadIdx.x);
  shared[thread] = value;
  __syncthreads();
  for (int width = kThreads / 2; width > 0; width /= 2) {
    if (thread < width) {
      shared[thread] += shared[thread + width];
    }
    __syncthreads();
  }
  const double sum = shared[0];
  __syncthreads();  // all have read it before the next call writes
  return sum;
}

/// One block a row.
__global__ void __launch_bounds__(kThreads) normalise_rows(const float* __restrict__ samples,
                                                           const std::uint8_t* __restrict__ present,
                                                           float* __restrict__ out,
                                                           int length) {
  __shared__ double shared[kThreads];
  const std::size_t row = static_cast<std::size_t>(blockIdx.x) * static_cast<std::size_t>(length);
  samples += row;
  present += row;
  out += row;

  double sum = 0.0;
  double count = 0.0;
  for (int i = static_cast<int>(threadIdx.x); i < length; i += kThreads) {
    if (present[i] != 0) {
      sum += static_cast<double>(samples[i]);
      count += 1.0;
    }
  }
  count = block_sum(count, shared);
  const double mean = block_sum(sum, shared) / count;

  double squares = 0.0;
  for (int i = static_cast<int>(threadIdx.x); i < length; i += kThreads) {
    if (present[i] != 0) {
      const double deviation = static_cast<double>(samples[i]) - mean;
      squares += deviation * deviation;
    }
  }
  const double deviation = sqrt(block_sum(squares, shared) / count);

  const bool is_usable = isfinite(deviation);  // also false when there is no sample at all
  const double scale = deviation > 0.0 ? 1.0 / deviation : 1.0;
  for (int i = static_cast<int>(threadIdx.x); i < length; i += kThreads) {
    out[i] = is_usable && present[i] != 0
                 ? static_cast<float>((static_cast<double>(samples[i]) - mean) * scale)
                 : 0.0F;
  }
}

}  // namespace

cudaError_t launch_normalise(const float* samples,
                             const std::uint8_t* present,
                             float* out,
                             int rows,
                             int length,
                             cudaStream_t stream) {
  normalise_rows<<<static_cast<unsigned>(rows), kThreads, 0, stream>>>(
      samples, present, out, length);
  return cudaGetLastError();
}

}  // namespace geod::models
