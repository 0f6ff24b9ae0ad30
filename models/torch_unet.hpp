#pragma once

#include <array>
#include <vector>

#include "models/torch_decoders.hpp"

namespace geod::models {

/// The baseline without an encoder: four stages down and up. Source: Guo et al. 2024 (arXiv
/// 2408.12396) and its code.
class Unet {
 public:
  explicit Unet(const TensorTable& table);

  /// @param image  [N, 1, rows, columns], values / 255; at least 16 x 16.
  /// @return logits [N, K, rows, columns].
  at::Tensor forward(const at::Tensor& image, bool training) const;

 private:
  DoubleConvolution first_;
  std::vector<DoubleConvolution> down_;
  std::vector<DoubleConvolution> up_;
  Convolution classify_;
};

}  // namespace geod::models
