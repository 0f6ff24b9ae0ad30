#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/error.hpp"
#include "models/torch_tensors.hpp"

namespace geod::trainer {

struct OptimiserSettings {
  double beta1 = 0.9;
  double beta2 = 0.98;
  double epsilon = 1e-8;
  double weight_decay = 0.01;      ///< decoupled, on tensors of two and more dimensions
  bool decays_vectors = false;     ///< the decay is on all tensors
  double max_gradient_norm = 1.0;  ///< 0: not clipped
  /// Of the exponential average of weights and running statistics; 0: no average is kept.
  double average_decay = 0.999;
};

/// AdamW over the trainable tensors of a network, with gradient clipping and an exponential average
/// of all its tensors. The decay of the average grows with the step n: min(decay, (1+n)/(10+n)).
class TorchOptimiser {
 public:
  /// The table's tensors must outlive the optimiser.
  TorchOptimiser(const models::TensorTable& table, const OptimiserSettings& settings);

  void zero_gradients();
  /// Of all trainable tensors, in a fixed order; undefined where backward() left none.
  std::vector<at::Tensor> gradients() const;
  /// Applies the gradients that backward() left, then updates the average. Returns the norm of the
  /// gradients before clipping.
  double step(double learning_rate);
  std::int64_t steps() const { return steps_; }

  /// Averaged tensors under their canonical names (the current ones when no average is kept).
  std::map<std::string, at::Tensor> averaged() const;

  /// Moments and average, named "adam.m.<tensor>", "adam.v.<tensor>", "average.<tensor>"; all
  /// that a resumed run needs beside the weights and `steps`.
  std::map<std::string, at::Tensor> state() const;
  /// kModelMismatch when a tensor is missing or has another shape.
  Result<void> restore(const std::map<std::string, at::Tensor>& state, std::int64_t steps);

 private:
  struct Group {
    double weight_decay = 0.0;
    std::vector<std::string> names;
    std::vector<at::Tensor> parameters;
    std::vector<at::Tensor> first_moments;
    std::vector<at::Tensor> second_moments;
    std::vector<at::Tensor> step_counts;  ///< one float scalar a tensor, as the fused kernel wants
  };

  double clip();
  void update_average();

  const models::TensorTable& table_;
  OptimiserSettings settings_;
  std::vector<Group> groups_;
  std::vector<std::string> averaged_names_;
  std::vector<at::Tensor> current_;
  std::vector<at::Tensor> average_;
  std::int64_t steps_ = 0;
};

}  // namespace geod::trainer
