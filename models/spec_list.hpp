#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/tensor_specs.hpp"

namespace geod::models {

/// Collects the tensors of a network in registration order; what is added belongs to the part, and
/// trains or not, as was said last.
class SpecList {
 public:
  using Shape = std::vector<std::int64_t>;

  void part(Part part) { part_ = part; }
  void trainable(bool trainable) { is_trainable_ = trainable; }

  void add(std::string name, Shape shape) {
    specs_.push_back({std::move(name), std::move(shape), part_, false, is_trainable_});
  }

  void add_batch_norm(const std::string& prefix, std::int64_t channels) {
    add(prefix + ".weight", {channels});
    add(prefix + ".bias", {channels});
    add_statistics(prefix, channels);
  }

  /// Those of a BatchNorm.
  void add_statistics(const std::string& prefix, std::int64_t channels) {
    specs_.push_back({prefix + ".running_mean", {channels}, part_, true, false});
    specs_.push_back({prefix + ".running_var", {channels}, part_, true, false});
  }

  void add_layer_norm(const std::string& prefix, std::int64_t width) {
    add(prefix + ".weight", {width});
    add(prefix + ".bias", {width});
  }

  std::vector<TensorSpec> take() { return std::move(specs_); }

 private:
  Part part_ = Part::kEmbedder;
  bool is_trainable_ = true;
  std::vector<TensorSpec> specs_;
};

}  // namespace geod::models
