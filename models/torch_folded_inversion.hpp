#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "models/inversion_settings.hpp"
#include "models/torch_inversionnet.hpp"

namespace geod::models {

/// InversionNet for inference, on a device and in a type: LoRA, scale and shift, and the norms
/// folded into one kernel a block; a prompt and AdaptFormer stay beside. Immutable.
class FoldedInversion {
 public:
  FoldedInversion(const TorchInversionNet& network,
                  const InversionSettings& settings,
                  const at::Device& device,
                  at::ScalarType dtype);

  /// As TorchInversionNet::forward(), without training.
  ///
  /// @param shots  [N, sources, times, receivers], normalised, float32, on the device.
  /// @return float32 [N, 1, depths, offsets] there.
  at::Tensor forward(const at::Tensor& shots) const;

  const InversionGeometry& geometry() const { return geometry_; }
  const InversionSettings& settings() const { return settings_; }

 private:
  struct Block {
    InversionLayer layer;
    MergedConvolution convolution;
    MergedConvolution down;  // undefined without AdaptFormer, as the next
    MergedConvolution up;
  };

  InversionGeometry geometry_;
  InversionSettings settings_;
  at::ScalarType dtype_;
  at::Tensor prompt_;  // undefined without
  std::vector<Block> blocks_;
};

}  // namespace geod::models
