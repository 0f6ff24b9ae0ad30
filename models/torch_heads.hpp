#pragma once

#include <array>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/torch_embedder.hpp"
#include "models/torch_tensors.hpp"

namespace geod::models {

/// Features [N, C, columns] -> tokens [N, columns / patch, C * patch]: entry c * patch + p of token
/// n is column n * patch + p of channel c. Columns that fill no token are dropped.
at::Tensor to_tokens(const at::Tensor& features, std::int64_t patch);

/// The inverse: tokens [N, n, C * patch] -> features [N, C, n * patch].
at::Tensor from_tokens(const at::Tensor& tokens, std::int64_t patch);

/// The output activation of a task: dpk sigmoid; pmp softmax, [up, down]; baz tanh, [cos, sin];
/// emg 8 sigmoid (magnitude); dis 500 sigmoid (km).
at::Tensor activate(Task task, const at::Tensor& logits);

/// The picking head: four stages of linear interpolation, convolution, BatchNorm and GELU up to the
/// window's length, then a convolution to three channels.
class PickHead {
 public:
  PickHead(const TensorTable& table, const SeisMollmGeometry& geometry);

  struct Stage {
    std::int64_t size;
    at::Tensor weight;
    at::Tensor bias;
    BatchNorm norm;
  };

  /// [N, features, tokens * patch] -> logits [N, 3, T]; channel 0 is not trained, 1 = P, 2 = S.
  at::Tensor forward(const at::Tensor& features, bool training) const;

  const std::vector<Stage>& stages() const { return stages_; }
  const at::Tensor& out_weight() const { return out_weight_; }
  const at::Tensor& out_bias() const { return out_bias_; }

 private:
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

  const std::array<at::Tensor, 2>& weights() const { return weights_; }
  const std::array<at::Tensor, 2>& biases() const { return biases_; }
  const at::Tensor& lin_weight() const { return lin_weight_; }
  const at::Tensor& lin_bias() const { return lin_bias_; }

 private:
  std::array<at::Tensor, 2> weights_;
  std::array<at::Tensor, 2> biases_;
  at::Tensor lin_weight_;
  at::Tensor lin_bias_;
};

}  // namespace geod::models
