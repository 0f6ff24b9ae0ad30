#include "models/torch_inversion_block.hpp"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tanh.h>

namespace geod::models {
namespace {

at::Tensor channels(const at::Tensor& values) {
  return values.view({1, -1, 1, 1});
}

at::Tensor drop(const at::Tensor& x, double rate, bool training) {
  return training && rate > 0.0 ? at::dropout(x, rate, true) : x;
}

/// The weight with every output channel multiplied by its factor.
at::Tensor scale_outputs(const InversionLayer& layer,
                         const at::Tensor& weight,
                         const at::Tensor& factors) {
  return weight.mul(layer.is_transposed ? channels(factors) : factors.view({-1, 1, 1, 1}));
}

}  // namespace

at::Tensor convolve_layer(const InversionLayer& layer,
                          const at::Tensor& x,
                          const at::Tensor& weight,
                          const at::Tensor& bias) {
  return layer.is_transposed ? at::conv_transpose2d(x, weight, bias, layer.stride, layer.padding)
                             : at::conv2d(x, weight, bias, layer.stride, layer.padding);
}

at::Tensor beside_block(const at::Tensor& x,
                        const MergedConvolution& down,
                        const MergedConvolution& up,
                        bool training) {
  const at::Tensor hidden = at::relu(at::conv2d(x, down.weight, down.bias));
  return at::conv2d(drop(hidden, kAdaptFormerDropout, training), up.weight, up.bias)
      .mul(kAdaptFormerScale);
}

at::Tensor inversion_activation(const at::Tensor& x, bool is_last) {
  return is_last ? at::tanh(x) : at::leaky_relu(x, kLeakySlope);
}

InversionBlock::InversionBlock(const TensorTable& table,
                               const InversionLayer& layer,
                               const InversionGeometry& geometry)
    : layer_(layer),
      weight_(table.at(layer.name + ".layers.0.weight")),
      bias_(table.at(layer.name + ".layers.0.bias")),
      norm_(table, layer.name + ".layers.1"),
      trains_by_batch_(geometry.trains_by_batch()) {
  const std::string convolution = layer.name + ".layers.0";
  if (geometry.tuning == InversionTuning::kLora) {
    lora_a_ = table.at(convolution + ".lora_A.weight");
    lora_b_ = table.at(convolution + ".lora_B.weight");
    lora_scale_ = geometry.lora_scale();
    lora_dropout_ = geometry.lora_dropout;
  }
  if (geometry.tuning == InversionTuning::kSsf) {
    if (!trains_by_batch_) {
      after_convolution_ = affine_of(table, convolution);
    }
    after_norm_ = affine_of(table, layer.name + ".layers.1");
  }
  if (geometry.tuning == InversionTuning::kAdaptFormer && layer.keeps_shape()) {
    const std::string adapter = layer.name + ".adapter.";
    down_ = {table.at(adapter + "down.weight"), table.at(adapter + "down.bias")};
    up_ = {table.at(adapter + "up.weight"), table.at(adapter + "up.bias")};
  }
}

InversionBlock::Affine InversionBlock::affine_of(const TensorTable& table,
                                                 const std::string& prefix) {
  return {table.at(prefix + ".ssf.scale"), table.at(prefix + ".ssf.shift")};
}

at::Tensor InversionBlock::Affine::apply(const at::Tensor& x) const {
  return scale.defined() ? x.mul(channels(scale)).add(channels(shift)) : x;
}

at::Tensor InversionBlock::convolve(const at::Tensor& x,
                                    const at::Tensor& weight,
                                    const at::Tensor& bias) const {
  return convolve_layer(layer_, x, weight, bias);
}

at::Tensor InversionBlock::forward(const at::Tensor& x, bool training) const {
  at::Tensor y = convolve(x, weight_, bias_);
  if (lora_a_.defined()) {
    const at::Tensor inner = convolve(drop(x, lora_dropout_, training), lora_a_, {});
    y = y.add(at::conv2d(inner, lora_b_), lora_scale_);
  }
  y = norm_.normalise(after_convolution_.apply(y), training && trains_by_batch_);
  y = inversion_activation(after_norm_.apply(y), layer_.is_last);
  return down_.weight.defined() ? y.add(beside_block(x, down_, up_, training)) : y;
}

/// s sum over q of A[q, i, u, v] B[o, q]; of a transposed convolution A[i, q, u, v] B[o, q]. In
/// double: what is merged rounds once.
at::Tensor InversionBlock::lora_weight() const {
  const at::Tensor b = lora_b_.flatten(1).to(at::kDouble);
  const at::Tensor a = lora_a_.to(at::kDouble);
  const at::Tensor by_rank = layer_.is_transposed ? a.transpose(0, 1) : a;
  const at::Tensor product = b.matmul(by_rank.flatten(1)).mul(lora_scale_);
  at::Tensor delta = product.view({layer_.out, layer_.in, layer_.kernel[0], layer_.kernel[1]});
  return layer_.is_transposed ? delta.transpose(0, 1) : delta;
}

MergedConvolution InversionBlock::merged() const {
  at::Tensor weight = weight_;
  at::Tensor bias = bias_;
  if (lora_a_.defined()) {
    weight = weight.to(at::kDouble).add(lora_weight()).to(weight_.scalar_type());
  }
  if (const Affine& ssf = after_convolution_; ssf.scale.defined()) {
    weight = scale_outputs(layer_, weight, ssf.scale);
    bias = bias.mul(ssf.scale).add(ssf.shift);
  }
  return {weight.contiguous(), bias};
}

MergedConvolution InversionBlock::merged_norm() const {
  if (!after_norm_.scale.defined()) {
    return {norm_.weight, norm_.bias};
  }
  return {norm_.weight.mul(after_norm_.scale),
          norm_.bias.mul(after_norm_.scale).add(after_norm_.shift)};
}

MergedConvolution InversionBlock::folded() const {
  const MergedConvolution convolution = merged();
  const MergedConvolution affine = merged_norm();
  const at::Tensor deviation = norm_.running_var.to(at::kDouble).add(kBatchNormEps).sqrt();
  const at::Tensor scale = affine.weight.to(at::kDouble).div(deviation);
  const at::Tensor shift =
      affine.bias.to(at::kDouble).sub(norm_.running_mean.to(at::kDouble).mul(scale));
  return {scale_outputs(layer_, convolution.weight.to(at::kDouble), scale).to(at::kFloat),
          convolution.bias.to(at::kDouble).mul(scale).add(shift).to(at::kFloat)};
}

}  // namespace geod::models
