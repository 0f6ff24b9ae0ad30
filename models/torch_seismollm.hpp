#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/geometry.hpp"
#include "models/torch_embedder.hpp"
#include "models/torch_heads.hpp"
#include "models/torch_tensors.hpp"
#include "models/torch_trunk.hpp"

namespace geod::models {

/// SeisMoLLM as it is trained: embedder, GPT-2 trunk with LoRA, one task's head, nothing folded.
/// Differentiable through ATen's autograd; needs no torch::nn. For inference the engine folds a
/// copy. Not copyable: layers share the table's tensors.
///
/// Source: Wang et al., SeisMoLLM (arXiv 2502.19960) and its code.
class TorchSeisMollm {
 public:
  /// Fresh weights for `seed`. kModelMismatch when the geometry is impossible for the task.
  static Result<std::unique_ptr<TorchSeisMollm>> make(const SeisMollmGeometry& geometry,
                                                      Task task,
                                                      std::uint64_t seed);
  /// A network of the given tensors, which it shares; they must be all of `tensor_specs`, in their
  /// shapes, and the geometry valid for the task. For inference: nothing requires a gradient.
  TorchSeisMollm(const SeisMollmGeometry& geometry, Task task, TensorTable::Tensors tensors);
  TorchSeisMollm(const TorchSeisMollm&) = delete;
  TorchSeisMollm& operator=(const TorchSeisMollm&) = delete;

  /// What a loss needs before the output activation.
  ///
  /// @param x  [N, 3, T] float32, normalised, on the network's device; T = window_samples.
  /// @param training  dropouts and batch statistics on; running statistics are updated.
  /// @return dpk [N, 3, T] (channel 0 untrained, 1 = P, 2 = S); pmp, baz [N, 2]; emg, dis [N, 1].
  at::Tensor logits(const at::Tensor& x, bool training) const;

  /// The task's output activation, see models::activate.
  at::Tensor activate(const at::Tensor& logits) const;

  /// Leaves for an optimiser: all of them, or those that train.
  std::vector<at::Tensor> parameters(bool trainable_only) const;
  /// Names, specs and tensors, for saving, loading and weight averages.
  TensorTable& tensors() { return table_; }
  const TensorTable& tensors() const { return table_; }

  const SeisMollmGeometry& geometry() const { return geometry_; }
  Task task() const { return task_; }
  void to(const at::Device& device) { table_.to(device); }

  /// Parts, for tests against their peers.
  const Embedder& embedder() const { return embedder_; }
  const Trunk& trunk() const { return trunk_; }
  /// The head of this task; the other one is null.
  const PickHead* pick_head() const { return pick_head_ ? &*pick_head_ : nullptr; }
  const ScalarHead* scalar_head() const { return scalar_head_ ? &*scalar_head_ : nullptr; }
  at::Tensor head_logits(const at::Tensor& features, bool training) const;

 private:
  TorchSeisMollm(const SeisMollmGeometry& geometry, Task task, TensorTable table);

  SeisMollmGeometry geometry_;
  Task task_;
  TensorTable table_;
  Embedder embedder_;
  Trunk trunk_;
  std::optional<PickHead> pick_head_;
  std::optional<ScalarHead> scalar_head_;
};

}  // namespace geod::models
