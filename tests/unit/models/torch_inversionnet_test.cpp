#include "models/torch_inversionnet.hpp"

#include <cmath>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/support/inversion_networks.hpp"

namespace geod::models {
namespace {

using test::drawn_inversion;
using test::random_shots;
using test::small_inversion;

double largest(const at::Tensor& x) {
  return x.abs().max().item<double>();
}

InversionGeometry with(InversionTuning tuning, BatchNormPolicy policy) {
  InversionGeometry geometry = small_inversion(tuning);
  geometry.bn_policy = policy;
  return geometry;
}

/// Copies every tensor that both have.
void copy_base(const TorchInversionNet& from, TorchInversionNet& to) {
  for (const TensorSpec& spec : from.tensors().specs()) {
    ASSERT_TRUE(to.tensors().assign(spec.name, from.tensors().at(spec.name)));
  }
}

TEST(TorchInversionNet, TurnsShotsIntoAMapBetweenMinusOneAndOne) {
  const at::NoGradGuard no_grad;
  const auto network = drawn_inversion(small_inversion(), 1);
  const at::Tensor map = network->forward(random_shots(network->geometry(), 2, 2), false);
  EXPECT_EQ(map.sizes(), (at::IntArrayRef{2, 1, 24, 30}));
  EXPECT_LT(largest(map), 1.0);
  EXPECT_GT(map.std().item<double>(), 1e-3);  // a map, not a constant
}

TEST(TorchInversionNet, IsThePublishedSizeForOpenFwi) {
  const at::NoGradGuard no_grad;
  const auto network = TorchInversionNet::make({}, 3);
  ASSERT_TRUE(network);
  const at::Tensor map = (*network)->forward(at::zeros({1, 5, 1000, 70}), false);
  EXPECT_EQ(map.sizes(), (at::IntArrayRef{1, 1, 70, 70}));
}

TEST(TorchInversionNet, StartsAsPyTorchStartsConvolutions) {
  const auto network = TorchInversionNet::make(small_inversion(), 5);
  ASSERT_TRUE(network);
  for (const InversionLayer& layer : inversion_layers((*network)->geometry())) {
    const std::int64_t inputs = layer.is_transposed ? layer.out : layer.in;
    const double bound =
        1.0 / std::sqrt(static_cast<double>(inputs * layer.kernel[0] * layer.kernel[1]));
    const auto at = [&](const char* name) { return (*network)->tensors().at(layer.name + name); };
    EXPECT_LE(largest(at(".layers.0.weight")), bound) << layer.name;
    EXPECT_GT(largest(at(".layers.0.weight")), 0.9 * bound) << layer.name;
    EXPECT_LE(largest(at(".layers.0.bias")), bound) << layer.name;
    EXPECT_TRUE(at(".layers.1.weight").eq(1.0).all().item<bool>());
    EXPECT_TRUE(at(".layers.1.bias").eq(0.0).all().item<bool>());
  }
}

TEST(TorchInversionNet, WhatIsLaidOnChangesNothingAtTheStart) {
  const at::NoGradGuard no_grad;
  const auto base = drawn_inversion(small_inversion(), 6);
  const at::Tensor shots = random_shots(base->geometry(), 2, 7);
  const at::Tensor expected = base->forward(shots, false);
  for (const InversionTuning tuning : kAllInversionTunings) {
    const auto made = TorchInversionNet::make(small_inversion(tuning), 8);
    ASSERT_TRUE(made);
    copy_base(*base, **made);
    const double difference = largest((*made)->forward(shots, false).sub(expected));
    if (tuning == InversionTuning::kSsf) {  // drawn about 1 and 0, as published
      EXPECT_GT(difference, 0.0);
      EXPECT_LT(difference, 0.5);
    } else {
      EXPECT_EQ(difference, 0.0) << to_string(tuning);
    }
  }
}

TEST(TorchInversionNet, MergingChangesNoOutput) {
  const at::NoGradGuard no_grad;
  for (const InversionTuning tuning : kAllInversionTunings) {
    const auto network = drawn_inversion(small_inversion(tuning), 9);
    const at::Tensor shots = random_shots(network->geometry(), 2, 10);
    const auto merged = network->merged();
    const bool stays =
        tuning == InversionTuning::kAdaptFormer || tuning == InversionTuning::kPrompt;
    EXPECT_EQ(merged->geometry().tuning, stays ? tuning : InversionTuning::kNone);
    EXPECT_LT(largest(merged->forward(shots, false).sub(network->forward(shots, false))), 1e-6)
        << to_string(tuning);
  }
}

TEST(TorchInversionNet, EachThingLaidOnIsSeenInTheOutput) {
  const at::NoGradGuard no_grad;
  for (const InversionTuning tuning : kAllInversionTunings) {
    if (tuning == InversionTuning::kNone) {
      continue;
    }
    const auto network = drawn_inversion(small_inversion(tuning), 11);
    const at::Tensor shots = random_shots(network->geometry(), 1, 12);
    const at::Tensor before = network->forward(shots, false);
    for (const TensorSpec& spec : network->tensors().specs()) {
      if (spec.is_trainable) {
        at::Tensor tensor = network->tensors().at(spec.name);
        const at::Tensor kept = tensor.clone();
        tensor.add_(0.5);
        EXPECT_GT(largest(network->forward(shots, false).sub(before)), 1e-6) << spec.name;
        tensor.copy_(kept);
      }
    }
  }
}

TEST(TorchInversionNet, NormsObeyTheirPolicyInTraining) {
  const at::NoGradGuard no_grad;
  for (const BatchNormPolicy policy : {BatchNormPolicy::kFrozen, BatchNormPolicy::kBatchStats}) {
    const auto network = drawn_inversion(with(InversionTuning::kLora, policy), 13);
    const at::Tensor shots = random_shots(network->geometry(), 3, 14);
    const at::Tensor mean = network->tensors().at("deconv3_2.layers.1.running_mean").clone();
    const double difference =
        largest(network->forward(shots, true).sub(network->forward(shots, false)));
    const bool moved =
        largest(network->tensors().at("deconv3_2.layers.1.running_mean").sub(mean)) > 0.0;
    EXPECT_EQ(difference > 1e-3, policy == BatchNormPolicy::kBatchStats);
    EXPECT_EQ(moved, policy == BatchNormPolicy::kBatchStats);
  }
}

TEST(TorchInversionNet, TrainsWhatIsSaidAndNothingElse) {
  for (const InversionTuning tuning : kAllInversionTunings) {
    for (const BatchNormPolicy policy : {BatchNormPolicy::kFrozen, BatchNormPolicy::kBatchStats}) {
      const auto network = drawn_inversion(with(tuning, policy), 15);
      network->forward(random_shots(network->geometry(), 3, 16), true).square().sum().backward();
      for (const TensorSpec& spec : network->tensors().specs()) {
        const at::Tensor& gradient = network->tensors().at(spec.name).grad();
        EXPECT_EQ(gradient.defined(), spec.is_trainable) << spec.name;
        // Under batch statistics a bias before its norm has no gradient: sheet, "BN interactions".
        const bool is_seen =
            !network->geometry().trains_by_batch() || !spec.name.ends_with(".layers.0.bias");
        if (spec.is_trainable && is_seen) {
          EXPECT_GT(largest(gradient), 0.0) << spec.name << " " << to_string(tuning);
        }
      }
    }
  }
}

TEST(TorchInversionNet, RefusesAnImpossibleGeometry) {
  InversionGeometry geometry;
  geometry.depths = 81;
  EXPECT_EQ(TorchInversionNet::make(geometry, 1).error().code, Errc::kModelMismatch);
}

}  // namespace
}  // namespace geod::models
