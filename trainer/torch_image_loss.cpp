#include "trainer/torch_image_loss.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/nll_loss_nd.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/where.h>

namespace geod::trainer {
namespace {

constexpr double kAbsentWeight = 1e-10;
constexpr double kSmoothing = 1.0;
constexpr double kTiny = 1e-12;
constexpr std::int64_t kIgnored = -1;

/// Sums over the labelled pixels of a batch, each [K].
struct ClassSums {
  at::Tensor intersection;
  at::Tensor predicted;
  at::Tensor truth;
};

ClassSums class_sums(const at::Tensor& logits, const at::Tensor& target) {
  const at::Tensor known = (target >= 0).unsqueeze(1).to(at::kFloat);
  const at::Tensor truth =
      at::one_hot(target.clamp_min(0), logits.size(1)).permute({0, 3, 1, 2}) * known;
  const at::Tensor probability = at::softmax(logits, 1) * known;
  const std::vector<std::int64_t> pixels{0, 2, 3};
  return {(probability * truth).sum(pixels), probability.sum(pixels), truth.sum(pixels)};
}

at::Tensor inverse_counts(const at::Tensor& counts) {
  const at::Tensor inverse = at::where(
      counts > 0, counts.clamp_min(1.0).reciprocal(), at::full_like(counts, kAbsentWeight));
  return inverse / inverse.sum();
}

/// Dice of every class with the smoothing constant.
at::Tensor smooth_dice(const at::Tensor& intersection, const at::Tensor& total) {
  return 1.0 - (2.0 * intersection + kSmoothing) / (total + kSmoothing);
}

at::Tensor cross_entropy(const at::Tensor& logits,
                         const at::Tensor& target,
                         const at::Tensor& class_weights) {
  return at::nll_loss_nd(
      at::log_softmax(logits, 1), target, class_weights, at::Reduction::Mean, kIgnored);
}

at::Tensor focal(const at::Tensor& logits, const at::Tensor& target) {
  const at::Tensor log_p =
      at::log_softmax(logits, 1).gather(1, target.clamp_min(0).unsqueeze(1)).squeeze(1);
  const at::Tensor known = (target >= 0).to(at::kFloat);
  const at::Tensor rest = 1.0 - log_p.exp();
  return -(rest * rest * log_p * known).sum() / known.sum().clamp_min(1.0);
}

}  // namespace

at::Tensor image_loss(ImageLoss loss,
                      const at::Tensor& raw_logits,
                      const at::Tensor& raw_target,
                      const at::Tensor& class_weights) {
  const at::Tensor logits = raw_logits.to(at::kFloat);
  const at::Tensor target = raw_target.to(at::kLong).clamp_min(kIgnored);
  if (loss == ImageLoss::kCrossEntropy) {
    return cross_entropy(logits, target, class_weights);
  }
  if (loss == ImageLoss::kFocal) {
    return focal(logits, target);
  }
  const ClassSums sums = class_sums(logits, target);
  const at::Tensor total = sums.predicted + sums.truth;
  if (loss == ImageLoss::kDice) {
    return smooth_dice(sums.intersection.sum(), total.sum());
  }
  if (loss == ImageLoss::kDiceCrossEntropy) {
    return smooth_dice(sums.intersection, total).mean() +
           cross_entropy(logits, target, class_weights);
  }
  const at::Tensor weight = inverse_counts(sums.truth);
  if (loss == ImageLoss::kCodeWeightedDice) {
    return smooth_dice(weight * sums.intersection, weight * total).mean();
  }
  return 1.0 - (weight * 2.0 * sums.intersection / total.clamp_min(kTiny)).sum();
}

}  // namespace geod::trainer
