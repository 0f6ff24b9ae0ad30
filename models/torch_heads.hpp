#pragma once

#include <array>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/torch_embedder.hpp"
#include "models/torch_tensors.hpp"

namespace geod::models {

/// The picking head: four stages of linear interpolation, convolution, BatchNorm and GELU up to the
/// window's length, then a convolution to three channels.
class PickHead {
 public:
  PickHead(const TensorTable& table, const SeisMollmGeometry& geometry);

  /// [N, features, tokens * patch] -> logits [N, 3, T]; channel 0 is not trained, 1 = P, 2 = S.
  at::Tensor forward(const at::Tensor& features, bool training) const;

 private:
  struct Stage {
    std::int64_t size;
    at::Tensor weight;
    at::Tensor bias;
    BatchNorm norm;
  };
  std::vector<Stage> stages_;
  at::Tensor out_weight_;
  at::Tensor out_bias_;
};

/// The head of polarity, back-azimuth, magnitude and distance: two strided convolutions without an
/// activation between them, mean over time, linear.
class ScalarHead {
 public:
  explicit ScalarHead(const TensorTable& table);

  /// [N, features, columns] -> logits [N, outputs].
  at::Tensor forward(const at::Tensor& features) const;

 private:
  std::array<at::Tensor, 2> weights_;
  std::array<at::Tensor, 2> biases_;
  at::Tensor lin_weight_;
  at::Tensor lin_bias_;
};

}  // namespace geod::models
