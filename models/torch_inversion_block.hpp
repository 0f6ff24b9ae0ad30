#pragma once

#include <string>

#include <ATen/core/Tensor.h>

#include "models/inversion_layers.hpp"
#include "models/torch_batch_norm.hpp"
#include "models/torch_tensors.hpp"

namespace geod::models {

/// A convolution or transposed convolution with the values that merging or folding made of it.
struct MergedConvolution {
  at::Tensor weight;
  at::Tensor bias;
};

/// One block of InversionNet with what is laid on it: convolution, BatchNorm, LeakyReLU or tanh.
///
/// Low-rank pair (s: the geometry's lora_scale): y = conv(x) + s B(A(dropout x)), A with the
/// block's kernel, stride and padding into r channels, transposed where the block is, B 1 x 1.
/// Source: Hu et al. 2021 (arXiv 2106.09685), the form of a convolution as in Python's peft; the
/// transposed one is geod's own, the form that gives the paper's count (arXiv 2412.19510).
class InversionBlock {
 public:
  InversionBlock(const TensorTable& table,
                 const InversionLayer& layer,
                 const InversionGeometry& geometry);

  /// @param x  [N, in, h, w], of the weights' type and device.
  /// @param training  dropouts on; the batch's statistics where the geometry trains by batch.
  at::Tensor forward(const at::Tensor& x, bool training) const;

  /// The convolution that gives the same without LoRA and without scale and shift.
  MergedConvolution merged() const;
  /// The same of the norm: weight and bias.
  MergedConvolution merged_norm() const;
  /// The convolution that gives the same as block and frozen norm together.
  MergedConvolution folded() const;

  const InversionLayer& layer() const { return layer_; }
  /// AdaptFormer's two convolutions; undefined where there is none.
  const MergedConvolution& down() const { return down_; }
  const MergedConvolution& up() const { return up_; }

 private:
  struct Affine {
    at::Tensor scale;
    at::Tensor shift;
    at::Tensor apply(const at::Tensor& x) const;
  };
  static Affine affine_of(const TensorTable& table, const std::string& prefix);

  at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const;
  at::Tensor lora_weight() const;

  InversionLayer layer_;
  at::Tensor weight_;
  at::Tensor bias_;
  BatchNorm norm_;
  at::Tensor lora_a_;  // these are undefined where nothing of that kind is laid on
  at::Tensor lora_b_;
  Affine after_convolution_;
  Affine after_norm_;
  MergedConvolution down_;
  MergedConvolution up_;
  double lora_scale_ = 0.0;
  double lora_dropout_ = 0.0;
  bool trains_by_batch_ = true;
};

/// What AdaptFormer adds to a block: 0.1 up(relu(down x)), with dropout in training.
at::Tensor beside_block(const at::Tensor& x,
                        const MergedConvolution& down,
                        const MergedConvolution& up,
                        bool training);
/// What a block ends with.
at::Tensor inversion_activation(const at::Tensor& x, bool is_last);
/// The convolution of a block, whichever it is; `bias` may be undefined.
at::Tensor convolve_layer(const InversionLayer& layer,
                          const at::Tensor& x,
                          const at::Tensor& weight,
                          const at::Tensor& bias);

}  // namespace geod::models
