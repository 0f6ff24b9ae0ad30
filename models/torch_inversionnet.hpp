#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/inversion_geometry.hpp"
#include "models/torch_inversion_block.hpp"
#include "models/torch_tensors.hpp"

namespace geod::models {

/// InversionNet as it is trained and served: shots into a velocity map, a straight chain of 25
/// blocks without skip connections. Differentiable through ATen's autograd; needs no torch::nn. Not
/// copyable: layers share the table's tensors.
///
/// Source: Wu and Lin 2020 (InversionNet), the code of OpenFWI; what may be laid on it: Ghosal et
/// al. (arXiv 2412.19510), inversion_specs.hpp.
class TorchInversionNet {
 public:
  /// Fresh weights for `seed` as PyTorch initialises them: weights and biases uniform in +-1 /
  /// sqrt(fan in), the fan in of a transposed convolution counted over its outputs; norms 1 and 0.
  /// Laid on it: LoRA A by the same rule, B 0; SSF normal with deviation 0.02 about 1 and 0;
  /// AdaptFormer's way down by that rule with bias 0, its way up 0; the prompt 0.
  /// kModelMismatch when the geometry is impossible.
  static Result<std::unique_ptr<TorchInversionNet>> make(const InversionGeometry& geometry,
                                                         std::uint64_t seed);
  /// A network of the given tensors, which it shares; they must be all of inversion_specs, in their
  /// shapes, of one floating type and device, and the geometry valid. For inference: nothing
  /// requires a gradient.
  TorchInversionNet(const InversionGeometry& geometry, TensorTable::Tensors tensors);
  TorchInversionNet(const TorchInversionNet&) = delete;
  TorchInversionNet& operator=(const TorchInversionNet&) = delete;

  /// @param shots  [N, sources, times, receivers], normalised (InversionScaling), float32 or the
  ///     weights' type, on their device.
  /// @param training  dropouts on; statistics of the batch where the geometry trains by batch,
  ///     which move the running ones.
  /// @return float32 [N, 1, depths, offsets] in (-1, 1).
  at::Tensor forward(const at::Tensor& shots, bool training) const;

  /// A network for inference that gives the same outputs: LoRA in the kernels, scale and shift in
  /// kernels and norms. AdaptFormer (it is not linear) and a prompt stay. Shares every other
  /// tensor.
  std::unique_ptr<TorchInversionNet> merged() const;

  /// Leaves for an optimiser: all of them, or those that train.
  std::vector<at::Tensor> parameters(bool trainable_only) const;
  /// Names, specs and tensors, for saving, loading and weight averages.
  TensorTable& tensors() { return table_; }
  const TensorTable& tensors() const { return table_; }

  const InversionGeometry& geometry() const { return geometry_; }
  const std::vector<InversionBlock>& blocks() const { return blocks_; }
  /// [sources, times, receivers]; undefined without.
  const at::Tensor& prompt() const { return prompt_; }
  void to(const at::Device& device) { table_.to(device); }

 private:
  TorchInversionNet(const InversionGeometry& geometry, TensorTable table);

  InversionGeometry geometry_;
  TensorTable table_;
  std::vector<InversionBlock> blocks_;
  at::Tensor prompt_;  // undefined without
};

/// [N, C, kDecoderSide, kDecoderSide] cut to the velocity map, as many rows off above as below.
at::Tensor crop_to_map(const at::Tensor& x, const InversionGeometry& geometry);

}  // namespace geod::models
