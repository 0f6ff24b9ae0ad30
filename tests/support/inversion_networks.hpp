#pragma once

#include <cmath>
#include <memory>
#include <string>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "models/torch_inversionnet.hpp"

namespace geod::models::test {

/// A network that a test can afford: 4 channels, shots of 96 samples and 20 receivers.
inline InversionGeometry small_inversion(InversionTuning tuning = InversionTuning::kNone) {
  InversionGeometry geometry;
  geometry.sources = 2;
  geometry.times = 96;
  geometry.receivers = 20;
  geometry.depths = 24;
  geometry.offsets = 30;
  geometry.width = 4;
  geometry.tuning = tuning;
  geometry.lora_rank = 3;
  geometry.lora_alpha = 6.0;
  geometry.bottleneck = 5;
  return geometry;
}

/// Fresh weights, with every value that starts at 0 or 1 drawn and the kernels enlarged (He et al.
/// 2015), so that 25 blocks without batch statistics let everything be seen in the outputs.
inline std::unique_ptr<TorchInversionNet> drawn_inversion(const InversionGeometry& geometry,
                                                          std::uint64_t seed) {
  auto network = TorchInversionNet::make(geometry, seed);
  EXPECT_TRUE(network) << network.error().what;
  at::Generator generator = at::detail::createCPUGenerator(seed + 1);
  const at::NoGradGuard no_grad;
  for (const TensorSpec& spec : (*network)->tensors().specs()) {
    at::Tensor tensor = (*network)->tensors().at(spec.name);
    if (spec.name.ends_with(".running_var")) {
      tensor.uniform_(0.5, 2.0, generator);
    } else if (spec.shape.size() == 1) {
      tensor.add_(at::randn(spec.shape, generator).mul(0.1));
    } else if (spec.name.ends_with(".lora_B.weight") || spec.name.ends_with(".up.weight") ||
               spec.name == "prompt.shots") {
      tensor.normal_(0.0, 0.3, generator);
    } else if (spec.name.ends_with(".layers.0.weight")) {
      tensor.mul_(std::sqrt(6.0));
    }
  }
  return std::move(*network);
}

/// Normalised shots.
inline at::Tensor random_shots(const InversionGeometry& geometry,
                               std::int64_t count,
                               std::uint64_t seed) {
  return at::randn({count, geometry.sources, geometry.times, geometry.receivers},
                   at::detail::createCPUGenerator(seed))
      .mul(0.3);
}

}  // namespace geod::models::test
