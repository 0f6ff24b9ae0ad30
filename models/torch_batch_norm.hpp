#pragma once

#include <memory>
#include <string>

#include <ATen/core/Tensor.h>

#include "models/torch_tensors.hpp"

namespace geod::models {

/// A BatchNorm over axis 1 of [N, C, T] or [N, C, H, W] (eps 1e-5, momentum 0.1); running
/// statistics are updated in training. One whose weight is frozen is frozen whole: it computes with
/// its running statistics, which stay.
struct BatchNorm {
  at::Tensor weight;
  at::Tensor bias;
  at::Tensor running_mean;
  at::Tensor running_var;
  std::shared_ptr<const BatchSums> sums;

  BatchNorm(const TensorTable& table, const std::string& prefix);
  at::Tensor forward(const at::Tensor& x, bool training) const;
  /// Whether a training pass normalises with the statistics of its batch.
  bool uses_batch(bool training) const { return training && weight.requires_grad(); }
  /// With the batch's statistics, which update the running ones, or with those.
  at::Tensor normalise(const at::Tensor& x, bool by_batch) const;

  /// With frozen statistics the norm is y = scale x + shift per channel.
  at::Tensor scale() const;
  at::Tensor shift() const;
};
inline constexpr double kBatchNormEps = 1e-5;
inline constexpr double kBatchNormMomentum = 0.1;

}  // namespace geod::models
