#include "trainer/torch_task_loss.hpp"

#include <cmath>
#include <vector>

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

double loss_of(const LossKind& kind,
               const at::Tensor& logits,
               const at::Tensor& target,
               const at::Tensor& weight) {
  const double divisor = loss_divisor(
      kind, logits.size(0), logits.dim() == 3 ? logits.size(2) : 1, weight.sum().item<double>());
  return summed_loss(kind, logits, target, weight).item<double>() / divisor;
}

constexpr LossKind kGeodPicks{models::Task::kDpk, Preset::kGeod};
constexpr LossKind kPublishedPicks{models::Task::kDpk, Preset::kSeismollm};

/// Two windows of a scalar task.
double scalar_loss(models::Task task,
                   Preset preset,
                   const std::vector<float>& logits,
                   const std::vector<float>& target,
                   const std::vector<float>& weight) {
  const auto outputs = static_cast<std::int64_t>(logits.size() / 2);
  return loss_of({task, preset},
                 at::tensor(logits).view({2, outputs}),
                 at::tensor(target).view({2, 2}),
                 at::tensor(weight).view({2, 1}));
}

TEST(SeismollmPickLoss, IsTwoThirdsOfLogTwoForEvenOdds) {
  const at::Tensor logits = at::zeros({2, 3, 64});
  const at::Tensor label = at::full({2, 2, 64}, 0.3);
  EXPECT_NEAR(loss_of(kPublishedPicks, logits, label, at::ones({2, 2, 64})), 0.462097, 1e-6);
}

TEST(SeismollmPickLoss, DoesNotSeeChannelZero) {
  at::Tensor logits = at::zeros({2, 3, 64});
  logits.select(1, 0).fill_(50.0);
  const at::Tensor label = at::full({2, 2, 64}, 0.3);
  EXPECT_NEAR(loss_of(kPublishedPicks, logits, label, at::ones({2, 2, 64})), 0.462097, 1e-6);
}

TEST(PickLoss, StaysFiniteWhereTheNetworkIsCertainAndWrong) {
  const at::Tensor logits = at::full({1, 3, 8}, -200.0);
  const at::Tensor label = at::ones({1, 2, 8});
  const at::Tensor weight = at::ones({1, 2, 8});
  EXPECT_NEAR(loss_of(kGeodPicks, logits, label, weight), 200.0 * 16.0 / 17.0, 1e-3);
  // The published 1e-6 inside the logarithm: -log(1e-6), of two channels in three.
  EXPECT_NEAR(loss_of(kPublishedPicks, logits, label, weight), 13.8155 * 2.0 / 3.0, 1e-3);
}

TEST(GeodPickLoss, IgnoresMaskedSamples) {
  at::Tensor logits = at::zeros({1, 3, 100});
  at::Tensor weight = at::ones({1, 2, 100});
  const at::Tensor label = at::zeros({1, 2, 100});
  EXPECT_NEAR(loss_of(kGeodPicks, logits, label, weight), std::log(2.0) * 200.0 / 201.0, 1e-6);
  logits.narrow(2, 20, 10).fill_(30.0);
  weight.narrow(2, 20, 10).fill_(0.0);
  EXPECT_NEAR(loss_of(kGeodPicks, logits, label, weight), std::log(2.0) * 180.0 / 181.0, 1e-6);
}

TEST(PolarityLoss, IsLogTwoForEvenOdds) {
  const std::vector<float> even{0, 0, 0, 0};
  const std::vector<float> up_down{1, 0, 0, 1};
  EXPECT_NEAR(
      scalar_loss(models::Task::kPmp, Preset::kSeismollm, even, up_down, {1, 1}), 0.693145, 1e-6);
  EXPECT_NEAR(
      scalar_loss(models::Task::kPmp, Preset::kGeod, even, up_down, {1, 1}), std::log(2.0), 1e-6);
}

TEST(BackAzimuthLoss, AddsTheHuberLossesOfCosineAndSine) {
  // tanh(0) = 0 against (1, 0) and (0, -1): half a square each.
  for (const Preset preset : {Preset::kSeismollm, Preset::kGeod}) {
    EXPECT_NEAR(
        scalar_loss(models::Task::kBaz, preset, {0, 0, 0, 0}, {1, 0, 0, -1}, {1, 1}), 0.5, 1e-6);
  }
}

TEST(MagnitudeLoss, IsQuadraticToOneUnitAndLinearBeyond) {
  // 8 sigmoid(0) = 4 against 4.5 and 7.
  EXPECT_NEAR(scalar_loss(models::Task::kEmg, Preset::kSeismollm, {0, 0}, {4.5F, 0, 7, 0}, {1, 1}),
              (0.125 + 2.5) / 2.0,
              1e-5);
}

TEST(DistanceLoss, IsOfKilometresAsPublishedAndOfTheirLogarithmOtherwise) {
  const std::vector<float> target{260.0F, 0, 250.0F, 0};
  EXPECT_NEAR(
      scalar_loss(models::Task::kDis, Preset::kSeismollm, {0, 0}, target, {1, 1}), 9.5 / 2.0, 1e-4);
  const double logarithm = std::log(260.0 / 250.0);
  EXPECT_NEAR(scalar_loss(models::Task::kDis, Preset::kGeod, {0, 0}, target, {1, 1}),
              0.5 * logarithm * logarithm / 2.0,
              1e-6);
}

TEST(ScalarLoss, WindowsOfNoLabelCountInThePublishedPresetOnly) {
  const std::vector<float> target{4.5F, 0, 8, 0};
  EXPECT_NEAR(scalar_loss(models::Task::kEmg, Preset::kGeod, {0, 0}, target, {1, 0}), 0.125, 1e-5);
  EXPECT_NEAR(scalar_loss(models::Task::kEmg, Preset::kSeismollm, {0, 0}, target, {1, 0}),
              (0.125 + 3.5) / 2.0,
              1e-5);
  EXPECT_EQ(scalar_loss(models::Task::kEmg, Preset::kGeod, {0, 0}, target, {0, 0}), 0.0);
}

}  // namespace
}  // namespace geod::trainer
