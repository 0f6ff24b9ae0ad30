#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/overlay.hpp"
#include "models/torch_seismollm.hpp"

namespace geod::models {

/// `model.safetensors` of a model folder.
inline constexpr const char* kWeightsFile = "model.safetensors";

/// A base model in host memory, its hash checked. Immutable; shared by the engines of all tasks.
struct BaseWeights {
  Manifest manifest;
  TensorTable::Tensors tensors;  ///< float32, by canonical name
};

/// Reads the weights of a model folder whose manifest is `manifest`. kNotFound for a missing file
/// or tensor; kModelMismatch when the hash, a shape or a name does not fit, or a value is not
/// finite; kCorruptRecord when the file is damaged.
Result<std::shared_ptr<const BaseWeights>> load_base(const std::filesystem::path& directory,
                                                     const Manifest& manifest);

/// Reads the tensors `wanted` from a folder's weight file, which must hold exactly as many tensors
/// as `held` names. Errors as load_base.
Result<TensorTable::Tensors> read_tensors(const std::filesystem::path& directory,
                                          const Manifest& manifest,
                                          const std::vector<TensorSpec>& held,
                                          const std::vector<TensorSpec>& wanted);

/// The values of a tensor of the resulting network: the overlay's (may be null), else the base's.
/// check_overlay must have passed. Shares them.
at::Tensor tensor_of(const BaseWeights& base,
                     const NetworkOverlay* overlay,
                     const std::string& name);

/// All tensors of the network that the base with `overlay` (null: without) makes, shared with both.
/// kModelMismatch, see check_overlay.
Result<TensorTable::Tensors> overlaid(const BaseWeights& base, const NetworkOverlay* overlay);

/// The network of the base with `overlay` laid over it (null: the base's own). It shares the
/// tensors of both and is for folding only: nothing may be assigned to it. kModelMismatch, see
/// check_overlay.
Result<std::unique_ptr<const TorchSeisMollm>> assemble(const BaseWeights& base,
                                                       const NetworkOverlay* overlay);

}  // namespace geod::models
