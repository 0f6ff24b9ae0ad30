#include "trainer/torch_pick_loss.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>

namespace geod::trainer {
namespace {

at::Tensor summed_cross_entropy(const at::Tensor& logits,
                                const at::Tensor& probability,
                                const at::Tensor& weight) {
  return at::binary_cross_entropy_with_logits(
      logits.narrow(1, 1, 2).to(at::kFloat), probability, weight, {}, at::Reduction::Sum);
}

}  // namespace

at::Tensor geod_pick_loss(const at::Tensor& logits,
                          const at::Tensor& probability,
                          const at::Tensor& weight) {
  return summed_cross_entropy(logits, probability, weight) / (weight.sum() + 1.0);
}

at::Tensor seismollm_pick_loss(const at::Tensor& logits,
                               const at::Tensor& probability,
                               const at::Tensor& weight) {
  return summed_cross_entropy(logits, probability, weight) / static_cast<double>(logits.numel());
}

}  // namespace geod::trainer
