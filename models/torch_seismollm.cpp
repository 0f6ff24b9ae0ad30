#include "models/torch_seismollm.hpp"

namespace geod::models {
Result<std::unique_ptr<TorchSeisMollm>> TorchSeisMollm::make(const SeisMollmGeometry& geometry,
                                                             Task task,
                                                             std::uint64_t seed) {
  if (auto ok = validate_for(geometry, task); !ok) {
    return tl::unexpected(ok.error());
  }
  return std::unique_ptr<TorchSeisMollm>(
      new TorchSeisMollm(geometry, task, TensorTable(geometry, task, seed)));
}

TorchSeisMollm::TorchSeisMollm(const SeisMollmGeometry& geometry,
                               Task task,
                               TensorTable::Tensors tensors)
    : TorchSeisMollm(geometry, task, TensorTable(geometry, task, std::move(tensors))) {}

TorchSeisMollm::TorchSeisMollm(const SeisMollmGeometry& geometry, Task task, TensorTable table)
    : geometry_(geometry),
      task_(task),
      table_(std::move(table)),
      embedder_(table_, geometry),
      trunk_(table_, geometry) {
  if (task == Task::kDpk) {
    pick_head_.emplace(table_, geometry);
  } else {
    scalar_head_.emplace(table_);
  }
}

at::Tensor TorchSeisMollm::logits(const at::Tensor& x, bool training) const {
  const at::Tensor features = embedder_.forward(x, training);
  const at::Tensor tokens = trunk_.forward(to_tokens(features, geometry_.patch), training);
  return head_logits(from_tokens(tokens, geometry_.patch), training);
}

at::Tensor TorchSeisMollm::activate(const at::Tensor& logits) const {
  return models::activate(task_, logits);
}

std::vector<at::Tensor> TorchSeisMollm::parameters(bool trainable_only) const {
  std::vector<at::Tensor> parameters;
  for (const TensorSpec& spec : table_.specs()) {
    if (!spec.is_buffer && (spec.is_trainable || !trainable_only)) {
      parameters.push_back(table_.at(spec.name));
    }
  }
  return parameters;
}

at::Tensor TorchSeisMollm::head_logits(const at::Tensor& features, bool training) const {
  return pick_head_ ? pick_head_->forward(features, training) : scalar_head_->forward(features);
}

}  // namespace geod::models
