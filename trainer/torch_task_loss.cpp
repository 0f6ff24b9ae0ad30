#include "trainer/torch_task_loss.hpp"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/huber_loss.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/sigmoid.h>

#include "models/torch_heads.hpp"

namespace geod::trainer {
namespace {

using models::Task;

constexpr double kPublishedEpsilon = 1e-6;
constexpr double kHuberDelta = 1.0;
constexpr double kLeastDistanceKm = 1.0;

at::Tensor published_cross_entropy(const at::Tensor& p, const at::Tensor& t) {
  return -(t * at::log(p + kPublishedEpsilon) + (1.0 - t) * at::log(1.0 - p + kPublishedEpsilon));
}

at::Tensor pick_loss(Preset preset,
                     const at::Tensor& logits,
                     const at::Tensor& target,
                     const at::Tensor& weight) {
  const at::Tensor picks = logits.narrow(1, 1, 2).to(at::kFloat);
  if (preset == Preset::kGeod) {
    return at::binary_cross_entropy_with_logits(picks, target, weight, {}, at::Reduction::Sum);
  }
  return (weight * published_cross_entropy(at::sigmoid(picks), target)).sum();
}

/// [N, 1], one loss a window.
at::Tensor polarity_loss(Preset preset, const at::Tensor& logits, const at::Tensor& target) {
  const at::Tensor log_probability =
      preset == Preset::kGeod ? at::log_softmax(logits, 1)
                              : at::log(models::activate(Task::kPmp, logits) + kPublishedEpsilon);
  return -(target * log_probability).sum(1, /*keepdim=*/true);
}

at::Tensor huber(const at::Tensor& output, const at::Tensor& target) {
  return at::huber_loss(output, target, at::Reduction::None, kHuberDelta).sum(1, true);
}

at::Tensor scalar_loss(const LossKind& kind, const at::Tensor& logits, const at::Tensor& target) {
  if (kind.task == Task::kPmp) {
    return polarity_loss(kind.preset, logits, target);
  }
  const at::Tensor output = models::activate(kind.task, logits);
  const at::Tensor wanted = target.narrow(1, 0, output.size(1));
  if (kind.task == Task::kDis && kind.preset == Preset::kGeod) {
    return huber(at::log(output.clamp_min(kLeastDistanceKm)),
                 at::log(wanted.clamp_min(kLeastDistanceKm)));
  }
  return huber(output, wanted);
}

}  // namespace

at::Tensor summed_loss(const LossKind& kind,
                       const at::Tensor& logits,
                       const at::Tensor& target,
                       const at::Tensor& weight) {
  if (kind.task == Task::kDpk) {
    return pick_loss(kind.preset, logits, target, weight);
  }
  const at::Tensor losses = scalar_loss(kind, logits.to(at::kFloat), target);
  return kind.preset == Preset::kGeod ? (weight * losses).sum() : losses.sum();
}

double loss_divisor(const LossKind& kind,
                    std::int64_t windows,
                    std::int64_t window_samples,
                    double weights) {
  if (kind.preset == Preset::kSeismollm) {
    constexpr std::int64_t kChannels = 3;
    return static_cast<double>(kind.task == Task::kDpk ? windows * kChannels * window_samples
                                                       : windows);
  }
  return kind.task == Task::kDpk ? weights + 1.0 : std::max(1.0, weights);
}

}  // namespace geod::trainer
