#pragma once

#include <filesystem>
#include <memory>

#include "models/manifest.hpp"
#include "models/torch_seismollm.hpp"

namespace geod::models {

/// `model.safetensors` of a model folder.
inline constexpr const char* kWeightsFile = "model.safetensors";

/// The network of a model folder, with the manifest's geometry and the file's weights.
/// kNotFound for a missing file or tensor; kModelMismatch when the hash, a shape or a name does not
/// fit, or a value is not finite; kCorruptRecord when the file is damaged.
Result<std::unique_ptr<TorchSeisMollm>> load_network(const std::filesystem::path& directory,
                                                     const Manifest& manifest);

/// Copies a base folder of family "gpt2" into the network's trunk (positions, as many of its first
/// blocks as the network has, final LayerNorm; LoRA stays as it is), to start training from.
/// Source: Wang et al., SeisMoLLM (arXiv 2502.19960), which keeps the first 3 blocks of 12.
/// Errors as load_network; kModelMismatch when width, heads or positions differ or blocks lack.
Result<void> load_trunk(const std::filesystem::path& directory, TorchSeisMollm& network);

/// Writes model.safetensors and manifest.json into `directory` (made if it is not there). Geometry,
/// task and weights_sha256 of the written manifest are the network's. kIo, kStorageFull.
Result<void> save_network(const std::filesystem::path& directory,
                          const TorchSeisMollm& network,
                          Manifest manifest);

}  // namespace geod::models
