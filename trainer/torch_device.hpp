#pragma once

#include <ATen/core/Tensor.h>

#include "core/error.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// The device of `options`, made ready: for CUDA LibTorch's CUDA half is loaded, and TF32 in
/// float32 products and convolutions allowed or not. kDevice when it is not there, kNotFound when
/// the library does not load.
Result<at::Device> open_device(const TrainOptions& options);

/// Mixed precision for the lifetime of the object: matrix products and convolutions in bfloat16,
/// everything else, weights and gradients in float32.
class Bfloat16Scope {
 public:
  Bfloat16Scope(bool on, at::DeviceType device);
  ~Bfloat16Scope();
  Bfloat16Scope(const Bfloat16Scope&) = delete;
  Bfloat16Scope& operator=(const Bfloat16Scope&) = delete;

 private:
  bool on_;
  at::DeviceType device_;
};

}  // namespace geod::trainer
