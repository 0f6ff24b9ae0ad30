#include "models/torch_heads.hpp"

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/upsample_linear1d.h>
#include <fmt/format.h>

namespace geod::models {
namespace {

/// Convolution of stride 1 that keeps the length. An even kernel pads one sample less on the left:
/// one zero tap in front makes it symmetric, which saves a padded copy of the input.
at::Tensor same_conv1d(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const std::int64_t kernel = weight.size(2);
  const at::Tensor odd = kernel % 2 == 1 ? weight : at::constant_pad_nd(weight, {1, 0});
  return at::conv1d(x, odd, bias, 1, kernel / 2);
}

}  // namespace

at::Tensor to_tokens(const at::Tensor& features, std::int64_t patch) {
  const std::int64_t batch = features.size(0);
  const std::int64_t channels = features.size(1);
  const std::int64_t tokens = features.size(2) / patch;
  return features.narrow(2, 0, tokens * patch)
      .reshape({batch, channels, tokens, patch})
      .permute({0, 2, 1, 3})
      .reshape({batch, tokens, channels * patch});
}

at::Tensor from_tokens(const at::Tensor& tokens, std::int64_t patch) {
  const std::int64_t batch = tokens.size(0);
  const std::int64_t count = tokens.size(1);
  const std::int64_t channels = tokens.size(2) / patch;
  return tokens.reshape({batch, count, channels, patch})
      .permute({0, 2, 1, 3})
      .reshape({batch, channels, count * patch});
}

at::Tensor activate(Task task, const at::Tensor& logits) {
  switch (task) {
    case Task::kDpk:
      return at::sigmoid(logits);
    case Task::kPmp:
      return at::softmax(logits, 1);
    case Task::kBaz:
      return at::tanh(logits);
    case Task::kEmg:
      return at::sigmoid(logits).mul(kMaxMagnitude);
    case Task::kDis:
      return at::sigmoid(logits).mul(kMaxDistanceKm);
    default:
      break;
  }
  return logits;
}

PickHead::PickHead(const TensorTable& table, const SeisMollmGeometry& geometry)
    : out_weight_(table.at("out_head.out_conv.weight")),
      out_bias_(table.at("out_head.out_conv.bias")) {
  const auto sizes = head_sizes(geometry);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::string prefix = fmt::format("out_head.up_layers.{}", i);
    stages_.push_back({sizes[i],
                       table.at(prefix + ".conv.weight"),
                       table.at(prefix + ".conv.bias"),
                       BatchNorm(table, prefix + ".norm")});
  }
}

at::Tensor PickHead::forward(const at::Tensor& features, bool training) const {
  at::Tensor x = features;
  for (const Stage& stage : stages_) {
    x = at::upsample_linear1d(x, stage.size, /*align_corners=*/false);
    x = at::gelu(stage.norm.forward(same_conv1d(x, stage.weight, stage.bias), training));
  }
  return same_conv1d(x, out_weight_, out_bias_);
}

ScalarHead::ScalarHead(const TensorTable& table)
    : weights_{table.at("out_head.convs.0.weight"), table.at("out_head.convs.1.weight")},
      biases_{table.at("out_head.convs.0.bias"), table.at("out_head.convs.1.bias")},
      lin_weight_(table.at("out_head.lin.weight")),
      lin_bias_(table.at("out_head.lin.bias")) {}

at::Tensor ScalarHead::forward(const at::Tensor& features) const {
  at::Tensor x = features;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    x = at::conv1d(x, weights_[i], biases_[i], kScalarStride);
  }
  return at::linear(at::mean(x, -1), lin_weight_, lin_bias_);
}

}  // namespace geod::models
