#pragma once

#include <vector>

#include "models/inversion_geometry.hpp"
#include "models/tensor_specs.hpp"

namespace geod::models {

/// Every tensor of an InversionNet with what is laid on it, in registration order and under the
/// names of the published code, "BLOCK.layers.0" being the convolution and "BLOCK.layers.1" its
/// BatchNorm. Laid on it, per block (r: lora_rank, m: bottleneck, [kernel] the block's):
///
///   lora         BLOCK.layers.0.lora_A.weight  [r, in, kernel], transposed [in, r, kernel]
///                BLOCK.layers.0.lora_B.weight  [out, r, 1, 1]
///   ssf          BLOCK.layers.0.ssf.scale, .shift and BLOCK.layers.1.ssf.scale, .shift  [out];
///                those of the convolution only where the norm is frozen: a norm of batch
///                statistics takes scale and shift before it away again
///   adaptformer  BLOCK.adapter.down.weight [m, in, 1, 1], .down.bias [m], .up.weight
///                [out, m, 1, 1], .up.bias [out], of the 11 blocks that keep their shape
///   prompt       prompt.shots  [sources, times, receivers], once
///
/// What trains: everything without tuning; else what is laid on, the biases of bitfit (of the
/// convolutions only where the norm is frozen: under batch statistics they have no gradient), the
/// norms of norms, and those of every tuning with bn_policy affine. `geometry` must be valid.
std::vector<TensorSpec> inversion_specs(const InversionGeometry& geometry);

/// Whether an adapter bundle holds the tensor: what trains, and running statistics where they move.
bool is_laid_on(const TensorSpec& spec, const InversionGeometry& geometry);

}  // namespace geod::models
