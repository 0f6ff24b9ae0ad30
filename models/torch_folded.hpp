#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/torch_seismollm.hpp"

namespace geod::models {

/// A SeisMoLLM network folded for inference: the 1x1 input projections and every BatchNorm are
/// multiplied into the convolutions, LoRA into the linear layers, even kernels of the picking head
/// get a zero tap, narrow branches of the embedder become one convolution. Exact but for rounding.
/// Immutable; runs on any device and in any floating type through plain ATen operations.
class FoldedSeisMollm {
 public:
  /// Keeps no reference to `network`. Folding is done in float64, the result stored as `dtype`.
  FoldedSeisMollm(const TorchSeisMollm& network, at::ScalarType dtype, const at::Device& device);

  /// @param x  [N, 3, T] float32, normalised, on the device.
  /// @return  float32 logits as TorchSeisMollm::logits, for dpk without channel 0: [N, 2, T].
  at::Tensor logits(const at::Tensor& x) const;

  const at::Device& device() const { return device_; }
  /// Every weight that logits() reads, in an order that is the same for all networks of a task and
  /// geometry, and in the same shapes: for copying one network into the buffers of another.
  std::vector<at::Tensor> tensors() const;

 private:
  struct Conv {
    at::Tensor weight;  // [C_out, C_in, k]
    at::Tensor bias;
  };
  struct Linear {
    at::Tensor weight;  // [in, out]
    at::Tensor bias;
    at::Tensor forward(const at::Tensor& rows) const;
  };
  struct EmbedStage {
    std::int64_t stride;
    std::vector<Conv> branches;  // four, or one that computes all of them
    Conv projection;
  };
  struct Block {
    LayerNorm ln_1;
    Linear c_attn;
    Linear c_proj;
    LayerNorm ln_2;
    Linear c_fc;
    Linear mlp_c_proj;
  };

  at::Tensor place(const at::Tensor& tensor) const;
  Conv fold(const at::Tensor& weight, const at::Tensor& bias, const BatchNorm& norm) const;
  Linear fold(const LoraLinear& linear) const;
  LayerNorm place(const LayerNorm& norm) const;

  /// Whether one convolution with zero taps is cheaper than four: where they are narrow.
  static bool is_joined(const EmbedStage& stage);
  /// Shorter kernels are centred in the longest, the last: their padding differs by as much.
  static Conv join(const std::vector<Conv>& branches);

  at::Tensor embed(const at::Tensor& x) const;
  at::Tensor run_trunk(const at::Tensor& tokens) const;
  at::Tensor pick(const at::Tensor& features) const;

  SeisMollmGeometry geometry_;
  at::ScalarType dtype_;
  at::Device device_;
  std::vector<EmbedStage> embedder_;
  at::Tensor positions_;  // [tokens, d_model]
  std::vector<Block> blocks_;
  LayerNorm ln_f_;
  std::vector<Conv> head_;  // picking: four stages, then the output; scalar: two, then linear
  std::array<std::int64_t, 4> sizes_;
  bool is_picker_;
};

}  // namespace geod::models
