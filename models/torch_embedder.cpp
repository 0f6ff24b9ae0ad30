#include "models/torch_embedder.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/matmul.h>
#include <fmt/format.h>

namespace geod::models {
namespace {

/// [C] along axis 1 of [N, C, T].
at::Tensor along_channels(const at::Tensor& values) {
  return values.unsqueeze(0).unsqueeze(2);
}

/// Training statistics over the parts of all processes, for x [N, C, T] of one of them; as
/// at::batch_norm over the whole.
at::Tensor normalise_over_processes(const at::Tensor& x, const BatchNorm& norm) {
  const BatchSums& sums = *norm.sums;
  const auto count = static_cast<double>(sums.processes * x.size(0) * x.size(2));
  const at::Tensor mean = sums.over_processes(x.sum(at::IntArrayRef({0, 2}))).div(count);
  const at::Tensor centred = x.sub(along_channels(mean));
  const at::Tensor variance =
      sums.over_processes(centred.square().sum(at::IntArrayRef({0, 2}))).div(count);
  {
    const at::NoGradGuard no_grad;
    norm.running_mean.lerp_(mean, kBatchNormMomentum);
    norm.running_var.lerp_(variance.mul(count / (count - 1.0)), kBatchNormMomentum);
  }
  const at::Tensor scale = norm.weight.mul(variance.add(kBatchNormEps).rsqrt());
  return centred.mul(along_channels(scale)).add(along_channels(norm.bias));
}

at::Tensor normalise_batch(const at::Tensor& x, const BatchNorm& norm, bool uses_batch) {
  if (uses_batch && norm.sums->processes > 1) {
    return normalise_over_processes(x.to(at::kFloat), norm);
  }
  return at::batch_norm(x,
                        norm.weight,
                        norm.bias,
                        norm.running_mean,
                        norm.running_var,
                        uses_batch,
                        kBatchNormMomentum,
                        kBatchNormEps,
                        /*cudnn_enabled=*/true);
}

}  // namespace

BatchNorm::BatchNorm(const TensorTable& table, const std::string& prefix)
    : weight(table.at(prefix + ".weight")),
      bias(table.at(prefix + ".bias")),
      running_mean(table.at(prefix + ".running_mean")),
      running_var(table.at(prefix + ".running_var")),
      sums(table.batch_sums()) {}

at::Tensor BatchNorm::forward(const at::Tensor& x, bool training) const {
  return normalise_batch(x, *this, uses_batch(training));
}

at::Tensor BatchNorm::scale() const {
  return weight.div(running_var.add(kBatchNormEps).sqrt());
}

at::Tensor BatchNorm::shift() const {
  return bias.sub(running_mean.mul(scale()));
}

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
  at::Tensor y = normalise_batch(x, merged, uses_batch);
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
