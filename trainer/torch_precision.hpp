#pragma once

#include <ATen/core/Tensor.h>

namespace geod::trainer {

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
