#include "models/torch_embedder.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/matmul.h>
#include <fmt/format.h>

namespace geod::models {

EmbedBlock::EmbedBlock(const TensorTable& table,
                       const SeisMollmGeometry& geometry,
                       std::size_t index)
    : stride_(geometry.embed_strides[index]),
      out_proj_(table.at(fmt::format("convs.{}.out_proj.weight", index))),
      norm_(table, fmt::format("convs.{}.norm", index)) {
  for (int j = 0; j < 4; ++j) {
    const std::string prefix = fmt::format("convs.{}.convs.{}", index, j);
    branches_.push_back({table.at(prefix + ".in_proj.weight"),
                         table.at(prefix + ".conv.weight"),
                         BatchNorm(table, prefix + ".norm")});
  }
}

at::Tensor EmbedBlock::Branch::folded() const {
  // [out, in, k] -> [out, k, in] times [in, in] -> [out, in, k].
  return at::matmul(conv.transpose(1, 2), in_proj.squeeze(2)).transpose(1, 2);
}

at::Tensor EmbedBlock::forward(const at::Tensor& x, bool training) const {
  std::vector<at::Tensor> outputs;
  outputs.reserve(branches_.size());
  for (const Branch& branch : branches_) {
    const Padding pad = auto_padding(x.size(2), branch.conv.size(2), stride_);
    const at::Tensor weight = branch.folded();
    if (pad.left == pad.right) {
      outputs.push_back(at::conv1d(x, weight, {}, stride_, pad.left));
    } else {
      outputs.push_back(
          at::conv1d(at::constant_pad_nd(x, {pad.left, pad.right}), weight, {}, stride_));
    }
  }
  const at::Tensor merged = at::gelu(normalise(at::cat(outputs, 1), training));
  return norm_.forward(at::conv1d(merged, out_proj_), training);
}

at::Tensor EmbedBlock::normalise(const at::Tensor& x, bool training) const {
  std::vector<at::Tensor> weights, biases, means, variances;
  for (const Branch& branch : branches_) {
    weights.push_back(branch.norm.weight);
    biases.push_back(branch.norm.bias);
    means.push_back(branch.norm.running_mean);
    variances.push_back(branch.norm.running_var);
  }
  const at::Tensor mean = at::cat(means);
  const at::Tensor variance = at::cat(variances);
  const bool uses_batch = branches_.front().norm.uses_batch(training);
  BatchNorm merged = branches_.front().norm;
  merged.weight = at::cat(weights);
  merged.bias = at::cat(biases);
  merged.running_mean = mean;
  merged.running_var = variance;
  at::Tensor y = merged.normalise(x, uses_batch);
  if (uses_batch) {
    const at::NoGradGuard no_grad;
    std::int64_t offset = 0;
    for (std::size_t j = 0; j < branches_.size(); ++j) {
      const std::int64_t channels = means[j].size(0);
      means[j].copy_(mean.narrow(0, offset, channels));
      variances[j].copy_(variance.narrow(0, offset, channels));
      offset += channels;
    }
  }
  return y;
}

Embedder::Embedder(const TensorTable& table, const SeisMollmGeometry& geometry) {
  for (std::size_t i = 0; i < geometry.embed_channels.size(); ++i) {
    blocks_.emplace_back(table, geometry, i);
  }
}

at::Tensor Embedder::forward(const at::Tensor& x, bool training) const {
  at::Tensor features = x;
  for (const EmbedBlock& block : blocks_) {
    features = block.forward(features, training);
  }
  return features;
}

}  // namespace geod::models
