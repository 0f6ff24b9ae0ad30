#pragma once

#include <array>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/torch_tensors.hpp"

namespace geod::models {

/// A BatchNorm over axis 1 (eps 1e-5, momentum 0.1); running statistics are updated in training.
/// One whose weight is frozen is frozen whole: it computes with its running statistics, which stay.
struct BatchNorm {
  at::Tensor weight;
  at::Tensor bias;
  at::Tensor running_mean;
  at::Tensor running_var;
  std::shared_ptr<const BatchSums> sums;

  BatchNorm(const TensorTable& table, const std::string& prefix);
  at::Tensor forward(const at::Tensor& x, bool training) const;
  /// Whether a training pass normalises with the statistics of its batch.
  bool uses_batch(bool training) const { return training && weight.requires_grad(); }

  /// With frozen statistics the norm is y = scale x + shift per channel.
  at::Tensor scale() const;
  at::Tensor shift() const;
};
inline constexpr double kBatchNormEps = 1e-5;
inline constexpr double kBatchNormMomentum = 0.1;

/// One multi-scale block: four branches (1x1 projection, strided convolution, BatchNorm, GELU) of
/// different kernel lengths, concatenated, projected to the block's width, BatchNorm.
class EmbedBlock {
 public:
  EmbedBlock(const TensorTable& table, const SeisMollmGeometry& geometry, std::size_t index);

  struct Branch {
    at::Tensor in_proj;
    at::Tensor conv;
    BatchNorm norm;

    /// conv after in_proj as one convolution: both are linear and without bias.
    at::Tensor folded() const;
  };

  /// [N, C_in, T] -> [N, C_out, ceil(T / stride)].
  at::Tensor forward(const at::Tensor& x, bool training) const;

  std::int64_t stride() const { return stride_; }
  const std::vector<Branch>& branches() const { return branches_; }
  const at::Tensor& out_proj() const { return out_proj_; }
  const BatchNorm& norm() const { return norm_; }

 private:
  /// The four BatchNorms as one over the concatenated channels.
  at::Tensor normalise(const at::Tensor& x, bool training) const;

  std::int64_t stride_;
  std::vector<Branch> branches_;
  at::Tensor out_proj_;
  BatchNorm norm_;
};

/// The convolutional embedder: [N, 3, T] -> [N, features, feature_columns].
class Embedder {
 public:
  Embedder(const TensorTable& table, const SeisMollmGeometry& geometry);
  at::Tensor forward(const at::Tensor& x, bool training) const;
  const std::vector<EmbedBlock>& blocks() const { return blocks_; }

 private:
  std::vector<EmbedBlock> blocks_;
};

}  // namespace geod::models
