#include "models/torch_folded.hpp"

#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/upsample_linear1d.h>
#include <c10/core/InferenceMode.h>
namespace geod::models {
namespace {

/// Convolution that returns ceil(T / stride) samples, zero padded as published.
at::Tensor padded_conv1d(const at::Tensor& x,
                         const at::Tensor& weight,
                         const at::Tensor& bias,
                         std::int64_t stride) {
  const Padding pad = auto_padding(x.size(2), weight.size(2), stride);
  if (pad.left == pad.right) {
    return at::conv1d(x, weight, bias, stride, pad.left);
  }
  return at::conv1d(at::constant_pad_nd(x, {pad.left, pad.right}), weight, bias, stride);
}

}  // namespace

at::Tensor FoldedSeisMollm::Linear::forward(const at::Tensor& rows) const {
  return at::addmm(bias, rows, weight);
}

FoldedSeisMollm::FoldedSeisMollm(const TorchSeisMollm& network,
                                 at::ScalarType dtype,
                                 const at::Device& device)
    : geometry_(network.geometry()),
      dtype_(dtype),
      device_(device),
      sizes_(head_sizes(geometry_)),
      is_picker_(network.pick_head() != nullptr) {
  const c10::InferenceMode inference;
  for (const EmbedBlock& block : network.embedder().blocks()) {
    EmbedStage stage{block.stride(), {}, fold(block.out_proj(), {}, block.norm())};
    for (const EmbedBlock::Branch& branch : block.branches()) {
      stage.branches.push_back(fold(branch.folded(), {}, branch.norm));
    }
    embedder_.push_back(std::move(stage));
  }
  const Trunk& trunk = network.trunk();
  positions_ = place(trunk.positions().narrow(0, 0, geometry_.tokens()));
  for (const Trunk::Block& block : trunk.blocks()) {
    blocks_.push_back({place(block.ln_1),
                       fold(block.c_attn),
                       fold(block.c_proj),
                       place(block.ln_2),
                       fold(block.c_fc),
                       fold(block.mlp_c_proj)});
  }
  ln_f_ = place(trunk.ln_f());
  if (const PickHead* head = network.pick_head()) {
    for (const PickHead::Stage& stage : head->stages()) {
      Conv conv = fold(stage.weight, stage.bias, stage.norm);
      if (conv.weight.size(2) % 2 == 0) {
        conv.weight = at::constant_pad_nd(conv.weight, {1, 0});
      }
      head_.push_back(std::move(conv));
    }
    // Channel 0 is never trained and never read.
    head_.push_back({place(head->out_weight().narrow(0, 1, kPickChannels - 1)),
                     place(head->out_bias().narrow(0, 1, kPickChannels - 1))});
  } else {
    const ScalarHead& scalar = *network.scalar_head();
    for (std::size_t i = 0; i < 2; ++i) {
      head_.push_back({place(scalar.weights()[i]), place(scalar.biases()[i])});
    }
    head_.push_back({place(scalar.lin_weight()), place(scalar.lin_bias())});
  }
}

at::Tensor FoldedSeisMollm::place(const at::Tensor& tensor) const {
  return tensor.detach().to(device_, dtype_, /*non_blocking=*/false, /*copy=*/true).contiguous();
}

LayerNorm FoldedSeisMollm::place(const LayerNorm& norm) const {
  return {place(norm.weight), place(norm.bias)};
}

FoldedSeisMollm::Conv FoldedSeisMollm::fold(const at::Tensor& weight,
                                            const at::Tensor& bias,
                                            const BatchNorm& norm) const {
  const at::Tensor scale = norm.scale().to(at::kDouble);
  at::Tensor shift = norm.shift().to(at::kDouble);
  if (bias.defined()) {
    shift = shift.add(bias.to(at::kDouble).mul(scale));
  }
  return {place(weight.to(at::kDouble).mul(scale.view({-1, 1, 1}))), place(shift)};
}

FoldedSeisMollm::Linear FoldedSeisMollm::fold(const LoraLinear& linear) const {
  return {place(linear.merged_weight()), place(linear.bias())};
}

at::Tensor FoldedSeisMollm::logits(const at::Tensor& x) const {
  const at::Tensor features = embed(x.to(dtype_));
  const at::Tensor mixed =
      from_tokens(run_trunk(to_tokens(features, geometry_.patch)), geometry_.patch);
  if (is_picker_) {
    return pick(mixed).to(at::kFloat);
  }
  at::Tensor y = mixed;
  for (std::size_t i = 0; i < 2; ++i) {
    y = at::conv1d(y, head_[i].weight, head_[i].bias, kScalarStride);
  }
  return at::linear(y.mean(-1), head_[2].weight, head_[2].bias).to(at::kFloat);
}

at::Tensor FoldedSeisMollm::embed(const at::Tensor& x) const {
  at::Tensor features = x;
  for (const EmbedStage& stage : embedder_) {
    std::vector<at::Tensor> outputs;
    for (const Conv& branch : stage.branches) {
      outputs.push_back(padded_conv1d(features, branch.weight, branch.bias, stage.stride));
    }
    features =
        at::conv1d(at::gelu(at::cat(outputs, 1)), stage.projection.weight, stage.projection.bias);
  }
  return features;
}

at::Tensor FoldedSeisMollm::run_trunk(const at::Tensor& tokens) const {
  const std::int64_t batch = tokens.size(0);
  const std::int64_t count = tokens.size(1);
  const std::int64_t width = tokens.size(2);
  at::Tensor hidden = tokens.add(positions_).view({-1, width});
  for (const Block& block : blocks_) {
    const at::Tensor qkv = block.c_attn.forward(block.ln_1.forward(hidden))
                               .view({batch, count, 3, geometry_.heads, width / geometry_.heads})
                               .permute({2, 0, 3, 1, 4});
    const at::Tensor mixed =
        at::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], {}, 0.0, /*is_causal=*/true);
    hidden.add_(block.c_proj.forward(mixed.transpose(1, 2).reshape({-1, width})));
    const at::Tensor inner = at::gelu(block.c_fc.forward(block.ln_2.forward(hidden)), "tanh");
    hidden.add_(block.mlp_c_proj.forward(inner));
  }
  return ln_f_.forward(hidden).view(tokens.sizes());
}

at::Tensor FoldedSeisMollm::pick(const at::Tensor& features) const {
  at::Tensor x = features;
  for (std::size_t i = 0; i < sizes_.size(); ++i) {
    x = at::upsample_linear1d(x, sizes_[i], /*align_corners=*/false);
    x = at::gelu(at::conv1d(x, head_[i].weight, head_[i].bias, 1, head_[i].weight.size(2) / 2));
  }
  const Conv& out = head_.back();
  return at::conv1d(x, out.weight, out.bias, 1, out.weight.size(2) / 2);
}

}  // namespace geod::models
