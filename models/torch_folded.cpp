#include "models/torch_folded.hpp"

#include <algorithm>

#include <ATen/Context.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mkldnn_convolution.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/upsample_linear1d.h>
#include <c10/core/InferenceMode.h>

namespace geod::models {
namespace {

/// Below this many output channels the branches of a strided stage are joined: oneDNN computes in
/// blocks of 16 channels, and calling it costs as much as so small a convolution.
constexpr std::int64_t kNarrowChannels = 32;

/// at::conv1d, but for strided convolutions of one window on the CPU: for inputs this small it
/// takes an unfolding of its own that is several times slower there than oneDNN.
at::Tensor strided_conv1d(const at::Tensor& x,
                          const at::Tensor& weight,
                          const at::Tensor& bias,
                          std::int64_t stride,
                          std::int64_t padding) {
  if (stride > 1 && x.is_cpu() && x.scalar_type() == at::kFloat && at::hasMKLDNN() &&
      at::globalContext().userEnabledMkldnn()) {
    return at::mkldnn_convolution(x.unsqueeze(2),
                                  weight.unsqueeze(2),
                                  bias,
                                  at::IntArrayRef({0, padding}),
                                  at::IntArrayRef({1, stride}),
                                  at::IntArrayRef({1, 1}),
                                  /*groups=*/1)
        .squeeze(2);
  }
  return at::conv1d(x, weight, bias, stride, padding);
}

/// Convolution that returns ceil(T / stride) samples, zero padded as published.
at::Tensor padded_conv1d(const at::Tensor& x,
                         const at::Tensor& weight,
                         const at::Tensor& bias,
                         std::int64_t stride) {
  const Padding pad = auto_padding(x.size(2), weight.size(2), stride);
  if (pad.left == pad.right) {
    return strided_conv1d(x, weight, bias, stride, pad.left);
  }
  return strided_conv1d(
      at::constant_pad_nd(x, {pad.left, pad.right}), weight, bias, stride, /*padding=*/0);
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
    if (is_joined(stage)) {
      stage.branches = {join(stage.branches)};
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

std::vector<at::Tensor> FoldedSeisMollm::tensors() const {
  std::vector<at::Tensor> all{positions_, ln_f_.weight, ln_f_.bias};
  const auto add = [&all](const auto& layer) {
    all.push_back(layer.weight);
    all.push_back(layer.bias);
  };
  for (const EmbedStage& stage : embedder_) {
    std::for_each(stage.branches.begin(), stage.branches.end(), add);
    add(stage.projection);
  }
  for (const Block& block : blocks_) {
    add(block.ln_1);
    add(block.c_attn);
    add(block.c_proj);
    add(block.ln_2);
    add(block.c_fc);
    add(block.mlp_c_proj);
  }
  std::for_each(head_.begin(), head_.end(), add);
  return all;
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

bool FoldedSeisMollm::is_joined(const EmbedStage& stage) {
  const at::Tensor& first = stage.branches.front().weight;
  const auto fits = [&](const Conv& branch) {
    return (branch.weight.size(2) - first.size(2)) % 2 == 0;
  };
  return stage.stride > 1 && first.size(0) < kNarrowChannels &&
         std::all_of(stage.branches.begin(), stage.branches.end(), fits);
}

FoldedSeisMollm::Conv FoldedSeisMollm::join(const std::vector<Conv>& branches) {
  const std::int64_t kernel = branches.back().weight.size(2);
  std::vector<at::Tensor> weights;
  std::vector<at::Tensor> biases;
  for (const Conv& branch : branches) {
    const std::int64_t side = (kernel - branch.weight.size(2)) / 2;
    weights.push_back(at::constant_pad_nd(branch.weight, {side, side}));
    biases.push_back(branch.bias);
  }
  return {at::cat(weights), at::cat(biases)};
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
    y = strided_conv1d(y, head_[i].weight, head_[i].bias, kScalarStride, /*padding=*/0);
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
    const at::Tensor merged = outputs.size() == 1 ? outputs.front() : at::cat(outputs, 1);
    features = at::conv1d(at::gelu(merged), stage.projection.weight, stage.projection.bias);
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
