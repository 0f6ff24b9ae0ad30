#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/segmenter_geometry.hpp"
#include "models/torch_batch_norm.hpp"
#include "models/torch_tensors.hpp"

namespace geod::models {

/// Convolution 3x3, BatchNorm, ReLU, twice; zero padding keeps the size. With or without biases, as
/// the table has them.
class DoubleConvolution {
 public:
  DoubleConvolution(const TensorTable& table, const std::string& prefix, bool has_bias);
  at::Tensor forward(const at::Tensor& x, bool training) const;

 private:
  struct Half {
    at::Tensor weight;
    at::Tensor bias;  // may be undefined
    BatchNorm norm;
  };
  std::vector<Half> halves_;
};

/// A convolution with a bias.
struct Convolution {
  at::Tensor weight;
  at::Tensor bias;

  Convolution(const TensorTable& table, const std::string& prefix);
  /// Zero padding keeps the size.
  at::Tensor forward(const at::Tensor& x) const;
};

/// Rows and columns.
struct ImageSize {
  std::int64_t rows = 0;
  std::int64_t columns = 0;

  ImageSize divided(std::int64_t by) const { return {rows / by, columns / by}; }
};

at::Tensor resize_bilinear(const at::Tensor& x, ImageSize size, bool align_corners);

/// Features of the encoder into class scores. Source: Guo et al. 2024 (arXiv 2408.12396) and its
/// code; the published modules that are never called stay uncalled.
class SegmentHead {
 public:
  virtual ~SegmentHead() = default;

  /// The decoder of the geometry, which has one and an encoder.
  static std::unique_ptr<const SegmentHead> make(const TensorTable& table,
                                                 const SegmenterGeometry& geometry);

  /// Whether it looks at all taps; else at the last alone.
  virtual bool takes_all_taps() const = 0;

  /// @param features  [N, D, h, w] of every tap, or of the last alone.
  /// @return logits [N, K, rows, columns] at `size`.
  virtual at::Tensor forward(std::span<const at::Tensor> features,
                             ImageSize size,
                             bool training) const = 0;
};

/// The decoder DPT, in a file of its own.
std::unique_ptr<const SegmentHead> make_dpt(const TensorTable& table);

}  // namespace geod::models
