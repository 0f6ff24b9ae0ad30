#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/manifest.hpp"

namespace geod::models {

/// A float32 tensor in host memory, row major.
struct HostTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// What makes the network of a task out of a base model: what an adapter bundle holds, once read
/// and checked (adapters/bundle.hpp). Immutable; shared between threads.
struct NetworkOverlay {
  /// Of the resulting network: task, geometry (the base's, with the LoRA rank and alpha of the
  /// adapter), thresholds. `name` and `version` are the bundle's; `weights_sha256` is the base's.
  Manifest manifest;
  std::string adapter_hash;  ///< of the bundle, 64 hex digits
  /// By canonical name (tensor_specs): LoRA A and B, and all that was trained beside them. Every
  /// tensor of the resulting network that is not here is taken from the base.
  std::map<std::string, HostTensor> tensors;
};

}  // namespace geod::models
