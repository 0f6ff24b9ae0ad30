#pragma once

#include <string>

#include <ATen/core/Tensor.h>

#include "models/torch_tensors.hpp"

namespace geod::models {

/// A linear layer of GPT-2 (weight [in, out]) with an optional LoRA pair:
/// y = x W + b + (alpha / rank) (dropout(x) A^T) B^T.
/// Source: Hu et al. 2021 (arXiv 2106.09685), layout as PEFT stores it: A [rank, in], B [out,
/// rank].
class LoraLinear {
 public:
  LoraLinear(const TensorTable& table,
             const std::string& prefix,
             const SeisMollmGeometry& geometry);

  /// @param rows  [R, in] -> [R, out]. Dropout on the LoRA path only, only when `training`.
  at::Tensor forward(const at::Tensor& rows, bool training) const;

  /// W + (alpha / rank) (B A)^T, [in, out]: the weight that gives the same outputs without LoRA.
  at::Tensor merged_weight() const;
  const at::Tensor& bias() const { return bias_; }

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  at::Tensor lora_a_;  // undefined without LoRA
  at::Tensor lora_b_;
  double scale_ = 0.0;
  double dropout_ = 0.0;
};

}  // namespace geod::models
