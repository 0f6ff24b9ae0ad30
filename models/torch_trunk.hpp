#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "models/torch_lora_linear.hpp"
#include "models/torch_tensors.hpp"

namespace geod::models {

/// A LayerNorm over the last axis (eps 1e-5, affine).
struct LayerNorm {
  at::Tensor weight;
  at::Tensor bias;
  at::Tensor forward(const at::Tensor& x) const;
};

/// GPT-2 blocks over token embeddings: learned positions, pre-norm causal attention and tanh-GELU
/// MLPs, final LayerNorm. Source: Radford et al. 2019; agrees with transformers' GPT2Model called
/// with inputs_embeds.
class Trunk {
 public:
  Trunk(const TensorTable& table, const SeisMollmGeometry& geometry);

  struct Block {
    LayerNorm ln_1;
    LoraLinear c_attn;
    LoraLinear c_proj;
    LayerNorm ln_2;
    LoraLinear c_fc;
    LoraLinear mlp_c_proj;
  };

  /// @param tokens  [N, tokens, d_model] -> the same shape. Dropouts only when `training`.
  at::Tensor forward(const at::Tensor& tokens, bool training) const;

  const std::vector<Block>& blocks() const { return blocks_; }
  const at::Tensor& positions() const { return positions_; }
  const LayerNorm& ln_f() const { return ln_f_; }

 private:
  at::Tensor attend(const Block& block,
                    const at::Tensor& rows,
                    std::int64_t batch,
                    bool training) const;
  at::Tensor drop(const at::Tensor& x, bool training) const;

  std::int64_t heads_;
  double dropout_;
  at::Tensor positions_;
  std::vector<Block> blocks_;
  LayerNorm ln_f_;
};

}  // namespace geod::models
