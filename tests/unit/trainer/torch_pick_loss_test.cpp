#include "trainer/torch_pick_loss.hpp"

#include <cmath>

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

TEST(SeismollmPickLoss, IsTwoThirdsOfLogTwoForEvenOdds) {
  const at::Tensor logits = at::zeros({2, 3, 64});
  const at::Tensor label = at::full({2, 2, 64}, 0.3);
  const at::Tensor weight = at::ones({2, 2, 64});
  EXPECT_NEAR(seismollm_pick_loss(logits, label, weight).item<double>(), 0.462098, 1e-6);
}

TEST(SeismollmPickLoss, DoesNotSeeChannelZero) {
  at::Tensor logits = at::zeros({2, 3, 64});
  logits.select(1, 0).fill_(50.0);
  const at::Tensor label = at::full({2, 2, 64}, 0.3);
  EXPECT_NEAR(
      seismollm_pick_loss(logits, label, at::ones({2, 2, 64})).item<double>(), 0.462098, 1e-6);
}

TEST(PickLoss, StaysFiniteWhereTheNetworkIsCertainAndWrong) {
  const at::Tensor logits = at::full({1, 3, 8}, -200.0);
  const at::Tensor label = at::ones({1, 2, 8});
  const at::Tensor weight = at::ones({1, 2, 8});
  EXPECT_NEAR(geod_pick_loss(logits, label, weight).item<double>(), 200.0 * 16.0 / 17.0, 1e-3);
  EXPECT_TRUE(std::isfinite(seismollm_pick_loss(logits, label, weight).item<double>()));
}

TEST(GeodPickLoss, IgnoresMaskedSamples) {
  at::Tensor logits = at::zeros({1, 3, 100});
  at::Tensor weight = at::ones({1, 2, 100});
  const at::Tensor label = at::zeros({1, 2, 100});
  const double even = geod_pick_loss(logits, label, weight).item<double>();
  EXPECT_NEAR(even, std::log(2.0) * 200.0 / 201.0, 1e-6);
  logits.narrow(2, 20, 10).fill_(30.0);
  weight.narrow(2, 20, 10).fill_(0.0);
  EXPECT_NEAR(
      geod_pick_loss(logits, label, weight).item<double>(), std::log(2.0) * 180.0 / 181.0, 1e-6);
}

}  // namespace
}  // namespace geod::trainer
