#include "models/torch_lora_linear.hpp"

#include <ATen/ops/addmm.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/mm.h>

namespace geod::models {

LoraLinear::LoraLinear(const TensorTable& table,
                       const std::string& prefix,
                       const SeisMollmGeometry& geometry)
    : weight_(table.at(prefix + ".weight")), bias_(table.at(prefix + ".bias")) {
  if (geometry.lora_rank > 0) {
    lora_a_ = table.at(prefix + ".lora_A.weight");
    lora_b_ = table.at(prefix + ".lora_B.weight");
    scale_ = geometry.lora_alpha / static_cast<double>(geometry.lora_rank);
    dropout_ = geometry.lora_dropout;
  }
}

at::Tensor LoraLinear::forward(const at::Tensor& rows, bool training) const {
  const at::Tensor base = at::addmm(bias_, rows, weight_);
  if (!lora_a_.defined()) {
    return base;
  }
  const at::Tensor dropped = training && dropout_ > 0.0 ? at::dropout(rows, dropout_, true) : rows;
  return at::addmm(base, at::mm(dropped, lora_a_.t()), lora_b_.t(), 1.0, scale_);
}

at::Tensor LoraLinear::merged_weight() const {
  if (!lora_a_.defined()) {
    return weight_;
  }
  return at::addmm(weight_, lora_a_.t(), lora_b_.t(), 1.0, scale_);
}

}  // namespace geod::models
