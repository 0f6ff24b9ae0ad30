#pragma once

#include <ATen/core/Tensor.h>

#include "trainer/image_options.hpp"

namespace geod::trainer {

/// The loss of a batch of segmentations, a scalar. Over all labelled pixels, with p the softmax of
/// the logits, y one where the pixel is of class k, I = sum p y, P = sum p, T = sum y, and weights
/// w = (1/T) / sum (1/T) of the batch (1e-10 in place of 1/0):
///
/// | wdice | 1 - sum_k w 2 I / (P + T) |
/// | wdice-code | mean over k of 1 - (2 w I + 1) / (w T + w P + 1) |
/// | dice | 1 - (2 sum_k I + 1) / (sum_k P + sum_k T + 1) |
/// | focal | mean of -(1 - p)^2 log p of the true class |
/// | ce | mean of -log p of the true class, weighed by `class_weights` |
/// | dice-ce | mean over k of 1 - (2 I + 1) / (P + T + 1), + ce |
///
/// @param logits  [N, K, rows, columns].
/// @param target  [N, rows, columns], class, or below 0 where it is not known.
/// @param class_weights  [K] of `ce`; undefined: all 1.
/// Source: Guo et al. (arXiv 2408.12396), its code for wdice-code and for the constant 1 of dice.
at::Tensor image_loss(ImageLoss loss,
                      const at::Tensor& logits,
                      const at::Tensor& target,
                      const at::Tensor& class_weights);

}  // namespace geod::trainer
