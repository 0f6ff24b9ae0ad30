#pragma once

#include <array>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/torch_batch_norm.hpp"
#include "models/torch_tensors.hpp"

namespace geod::models {

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
