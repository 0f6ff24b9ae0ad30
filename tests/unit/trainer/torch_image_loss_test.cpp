#include "trainer/torch_image_loss.hpp"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

/// Four pixels with probabilities .1, .2, .3, .9 of class 1; the last one is of that class.
at::Tensor logits() {
  const std::vector<double> p{.1, .2, .3, .9};
  std::vector<float> values;
  for (const double each : p) {
    values.push_back(static_cast<float>(std::log(1.0 - each)));
  }
  for (const double each : p) {
    values.push_back(static_cast<float>(std::log(each)));
  }
  return at::tensor(values).reshape({1, 2, 2, 2});
}

at::Tensor labels(std::vector<float> values = {0, 0, 0, 1}) {
  return at::tensor(values).reshape({1, 2, 2});
}

double loss(ImageLoss kind, const at::Tensor& target = labels()) {
  return image_loss(kind, logits(), target, {}).item<double>();
}

TEST(ImageLoss, GivesThePublishedNumbers) {
  EXPECT_NEAR(loss(ImageLoss::kCodeWeightedDice), 0.128146, 1e-6);
  EXPECT_NEAR(loss(ImageLoss::kWeightedDice), 0.241818, 1e-6);
  EXPECT_NEAR(loss(ImageLoss::kDice), 0.155556, 1e-6);
  EXPECT_NEAR(loss(ImageLoss::kFocal), 0.010783, 1e-6);
}

TEST(ImageLoss, IsTheCrossEntropyAndItsSumWithTheMeanDice) {
  const double ce = -(std::log(.9) + std::log(.8) + std::log(.7) + std::log(.9)) / 4.0;
  EXPECT_NEAR(loss(ImageLoss::kCrossEntropy), ce, 1e-6);
  const double dice0 = 1.0 - (2 * 2.4 + 1) / (2.5 + 3 + 1);
  const double dice1 = 1.0 - (2 * .9 + 1) / (1.5 + 1 + 1);
  EXPECT_NEAR(loss(ImageLoss::kDiceCrossEntropy), ce + 0.5 * (dice0 + dice1), 1e-6);
}

TEST(ImageLoss, WeighsClassesInTheCrossEntropy) {
  const double weighted =
      image_loss(ImageLoss::kCrossEntropy, logits(), labels(), at::tensor({1.0F, 3.0F}))
          .item<double>();
  const double wanted = -(std::log(.9) + std::log(.8) + std::log(.7) + 3 * std::log(.9)) / 6.0;
  EXPECT_NEAR(weighted, wanted, 1e-6);
}

TEST(ImageLoss, StaysFiniteWhenABatchLacksAClass) {
  for (const ImageLoss kind : {ImageLoss::kWeightedDice,
                               ImageLoss::kCodeWeightedDice,
                               ImageLoss::kDice,
                               ImageLoss::kFocal,
                               ImageLoss::kCrossEntropy,
                               ImageLoss::kDiceCrossEntropy}) {
    EXPECT_TRUE(std::isfinite(loss(kind, labels({0, 0, 0, 0})))) << to_string(kind);
    at::Tensor certain = (logits() * 1e4).requires_grad_();
    const at::Tensor value = image_loss(kind, certain, labels({1, 0, 0, 1}), {});
    value.backward();
    EXPECT_TRUE(certain.grad().isfinite().all().item<bool>()) << to_string(kind);
  }
}

TEST(ImageLoss, DoesNotSeePixelsWithoutAClass) {
  for (const ImageLoss kind : {ImageLoss::kWeightedDice,
                               ImageLoss::kCodeWeightedDice,
                               ImageLoss::kDice,
                               ImageLoss::kFocal,
                               ImageLoss::kCrossEntropy,
                               ImageLoss::kDiceCrossEntropy}) {
    const at::Tensor target = labels({0, 0, -1, 1});
    at::Tensor other = logits().clone();
    other[0][1][1][0] = 7.0;
    EXPECT_NEAR(image_loss(kind, logits(), target, {}).item<double>(),
                image_loss(kind, other, target, {}).item<double>(),
                1e-7)
        << to_string(kind);
  }
}

}  // namespace
}  // namespace geod::trainer
