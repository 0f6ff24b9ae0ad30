#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/segmenter_geometry.hpp"
#include "models/torch_tensors.hpp"

namespace geod::models {

/// A linear layer (weight [out, in]) with an optional LoRA pair:
/// y = x W^T + b + (alpha / rank) (dropout(x) A^T) B^T. One pair serves the fused q, k and v.
/// Source: Hu et al. 2021 (arXiv 2106.09685).
class AdaptedLinear {
 public:
  AdaptedLinear(const TensorTable& table,
                const std::string& prefix,
                const SegmenterGeometry& geometry);

  /// @param x  [..., in] -> [..., out]. Dropout on the LoRA path only, only when `training`.
  at::Tensor forward(const at::Tensor& x, bool training) const;

  /// W + (alpha / rank) B A, [out, in]: the weight that gives the same outputs without LoRA.
  at::Tensor merged_weight() const;

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  at::Tensor lora_a_;  // undefined without LoRA
  at::Tensor lora_b_;
  double scale_ = 0.0;
  double dropout_ = 0.0;
};

/// The position table [1, 1 + grid^2, D] for a grid of rows x columns patches, [1, 1 + rows *
/// columns, D]: as it is for its own grid, else bicubic by the rule, in float32.
/// Source: DINOv2's vision_transformer (Oquab et al. 2023, arXiv 2304.07193).
at::Tensor interpolate_positions(const at::Tensor& table,
                                 PositionRule rule,
                                 std::int64_t rows,
                                 std::int64_t columns);

/// DINOv2's vision transformer: pre-norm blocks with LayerScale, exact GELU, LayerNorms of eps
/// 1e-6. Source: Oquab et al. 2023 (arXiv 2304.07193); registers: Darcet et al. 2023 (arXiv
/// 2309.16588). Agrees with transformers' Dinov2Model and Dinov2WithRegistersModel.
class VitEncoder {
 public:
  VitEncoder(const TensorTable& table, const SegmenterGeometry& geometry);

  struct Norm {
    at::Tensor weight;
    at::Tensor bias;
    at::Tensor forward(const at::Tensor& x) const;
  };
  struct Block {
    Norm norm1;
    AdaptedLinear qkv;
    AdaptedLinear proj;
    at::Tensor scale1;
    Norm norm2;
    at::Tensor fc1_weight, fc1_bias, fc2_weight, fc2_bias;
    at::Tensor scale2;
  };

  /// @param image  [N, 3, H, W] in 0..1, H and W multiples of the patch.
  /// @param taps  blocks counted from 1, ascending; those after the last are not computed.
  /// @return of each tap the patch tokens through the final LayerNorm, [N, D, H / patch, W / patch]
  std::vector<at::Tensor> forward(const at::Tensor& image,
                                  std::span<const std::int64_t> taps,
                                  bool training) const;

  const std::vector<Block>& blocks() const { return blocks_; }

 private:
  at::Tensor embed(const at::Tensor& image) const;
  at::Tensor attend(const Block& block, const at::Tensor& x, bool training) const;

  std::int64_t heads_;
  std::int64_t patch_;
  PositionRule rule_;
  at::Tensor cls_token_;
  at::Tensor registers_;  // undefined without
  at::Tensor positions_;
  at::Tensor patch_weight_;
  at::Tensor patch_bias_;
  std::vector<Block> blocks_;
  Norm norm_;
};

}  // namespace geod::models
