#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/tensor_specs.hpp"

namespace geod::models {

/// How the BatchNorms of a network in training see a batch of which several processes hold equal
/// parts: every one of them normalises with the statistics of the whole.
struct BatchSums {
  int processes = 1;
  /// Sum over the processes, differentiable. Not called with one process.
  std::function<at::Tensor(const at::Tensor&)> over_processes;
};

/// The tensors of one network under their canonical names: parameters (leaves, `requires_grad` as
/// the spec says) and running statistics. Handles are shared with the layers that compute with
/// them, so copying values in, or moving them to a device, reaches the layers.
class TensorTable {
 public:
  using Tensors = std::map<std::string, at::Tensor, std::less<>>;

  /// Fresh values as PyTorch and GPT-2 initialise them: convolutions and linears uniform in
  /// +-1/sqrt(fan in), norms 1 and 0, GPT-2 matrices and positions normal with deviation 0.02
  /// (projections into the residual 0.02/sqrt(2 blocks)), GPT-2 biases 0, LoRA A uniform in
  /// +-1/sqrt(in), LoRA B 0. Reproducible for a seed.
  TensorTable(const SeisMollmGeometry& geometry, Task task, std::uint64_t seed);

  /// Of the given tensors: all that tensor_specs names, in their shapes.
  TensorTable(const SeisMollmGeometry& geometry, Task task, Tensors tensors);

  /// The same for any network: `fill` is called with each spec and its tensor in turn.
  using Fill = std::function<void(const TensorSpec&, at::Tensor&)>;
  TensorTable(std::vector<TensorSpec> specs, const Fill& fill);
  TensorTable(std::vector<TensorSpec> specs, Tensors tensors);

  const std::vector<TensorSpec>& specs() const { return specs_; }

  /// Programmer error when the name is unknown.
  const at::Tensor& at(std::string_view name) const;

  /// Copies `values` into the tensor, whatever its device. kModelMismatch naming tensor and shapes
  /// when they do not fit, kNotFound when the network has no such tensor.
  Result<void> assign(std::string_view name, const at::Tensor& values);

  void to(const at::Device& device);

  /// Shared with the layers, as the tensors are; set before training.
  const std::shared_ptr<BatchSums>& batch_sums() const { return batch_sums_; }

 private:
  std::vector<TensorSpec> specs_;
  Tensors tensors_;
  std::shared_ptr<BatchSums> batch_sums_ = std::make_shared<BatchSums>();
};

}  // namespace geod::models
