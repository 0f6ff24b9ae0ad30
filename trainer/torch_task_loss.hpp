#pragma once

#include <ATen/core/Tensor.h>

#include "models/geometry.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// Which loss.
struct LossKind {
  models::Task task = models::Task::kDpk;
  Preset preset = Preset::kGeod;
};

/// The loss of some windows before the division by `loss_divisor`, so that the parts of a batch
/// add up to the loss of the whole. Every window of preset `seismollm` counts, as published; in
/// preset `geod` the weights say what is known.
///
/// | task | seismollm (delta = 1) | geod |
/// | dpk | cross-entropy of P and S, 1e-6 in the logarithms, weighted | the same on logits, exact |
/// | pmp | cross-entropy of the softmax, 1e-6 in the logarithm | the same on logits, exact |
/// | baz | Huber of the cosine + Huber of the sine | the same |
/// | emg | Huber of the magnitude | the same |
/// | dis | Huber of the distance in km | Huber of its natural logarithm, from 1 km on |
///
/// @param logits  dpk [N, 3, T] (channel 0 is not trained); pmp, baz [N, 2]; emg, dis [N, 1].
/// @param target  dpk [N, 2, T] soft labels; otherwise [N, 2], as ScalarTarget.
/// @param weight  dpk [N, 2, T]; otherwise [N, 1].
/// Source: Wang et al., SeisMoLLM (arXiv 2502.19960) and its code.
at::Tensor summed_loss(const LossKind& kind,
                       const at::Tensor& logits,
                       const at::Tensor& target,
                       const at::Tensor& weight);

/// What the sum is divided by. seismollm: N * 3 * T for dpk (the sum over P and S is divided by
/// three channels), else N. geod: the sum of the weights, + 1 for dpk, at least 1 for the others.
///
/// @param windows, weights  of the whole batch: windows and the sum of all weights.
double loss_divisor(const LossKind& kind,
                    std::int64_t windows,
                    std::int64_t window_samples,
                    double weights);

}  // namespace geod::trainer
