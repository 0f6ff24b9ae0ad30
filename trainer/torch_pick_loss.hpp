#pragma once

#include <ATen/core/Tensor.h>

namespace geod::trainer {

/// Both losses take logits [N, 3, T] (channel 0 is not trained), soft labels and weights [N, 2, T].
/// They are computed on logits, so that no probability of 0 or 1 can make them infinite.

/// The `geod` preset: binary cross-entropy summed under the weights, over (sum of weights + 1).
at::Tensor geod_pick_loss(const at::Tensor& logits,
                          const at::Tensor& probability,
                          const at::Tensor& weight);

/// The published loss: channel weights [0, 1, 1], mean over all N * 3 * T, so that the sum over P
/// and S is divided by three channels. The published 1e-6 inside the logarithms is not needed here.
at::Tensor seismollm_pick_loss(const at::Tensor& logits,
                               const at::Tensor& probability,
                               const at::Tensor& weight);

}  // namespace geod::trainer
