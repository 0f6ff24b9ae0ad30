#include "models/torch_seismollm.hpp"

#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tanh.h>

namespace geod::models {
namespace {

/// Upper ends of the ranges of the two bounded regressions.
constexpr double kMaxMagnitude = 8.0;
constexpr double kMaxDistanceKm = 500.0;

}  // namespace

Result<std::unique_ptr<TorchSeisMollm>> TorchSeisMollm::make(const SeisMollmGeometry& geometry,
                                                             Task task,
                                                             std::uint64_t seed) {
  if (auto ok = validate_for(geometry, task); !ok) {
    return tl::unexpected(ok.error());
  }
  return std::unique_ptr<TorchSeisMollm>(new TorchSeisMollm(geometry, task, seed));
}

TorchSeisMollm::TorchSeisMollm(const SeisMollmGeometry& geometry, Task task, std::uint64_t seed)
    : geometry_(geometry),
      task_(task),
      table_(geometry, task, seed),
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
  return head_logits(from_tokens(trunk_.forward(to_tokens(features), training)), training);
}

at::Tensor TorchSeisMollm::activate(const at::Tensor& logits) const {
  switch (task_) {
    case Task::kDpk:
      return at::sigmoid(logits);
    case Task::kPmp:
      return at::softmax(logits, 1);
    case Task::kBaz:
      return at::tanh(logits);
    case Task::kEmg:
      return at::sigmoid(logits).mul(kMaxMagnitude);
    case Task::kDis:
      return at::sigmoid(logits).mul(kMaxDistanceKm);
  }
  return logits;
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

at::Tensor TorchSeisMollm::to_tokens(const at::Tensor& features) const {
  const std::int64_t batch = features.size(0);
  const std::int64_t channels = features.size(1);
  const std::int64_t tokens = features.size(2) / geometry_.patch;
  return features.narrow(2, 0, tokens * geometry_.patch)
      .reshape({batch, channels, tokens, geometry_.patch})
      .permute({0, 2, 1, 3})
      .reshape({batch, tokens, channels * geometry_.patch});
}

at::Tensor TorchSeisMollm::from_tokens(const at::Tensor& tokens) const {
  const std::int64_t batch = tokens.size(0);
  const std::int64_t channels = tokens.size(2) / geometry_.patch;
  return tokens.view({batch, tokens.size(1), channels, geometry_.patch})
      .permute({0, 2, 1, 3})
      .reshape({batch, channels, tokens.size(1) * geometry_.patch});
}

at::Tensor TorchSeisMollm::head_logits(const at::Tensor& features, bool training) const {
  return pick_head_ ? pick_head_->forward(features, training) : scalar_head_->forward(features);
}

}  // namespace geod::models
