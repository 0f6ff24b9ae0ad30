#pragma once

#include <filesystem>
#include <memory>

#include "models/manifest.hpp"
#include "models/overlay.hpp"
#include "models/torch_base.hpp"
#include "models/torch_seismollm.hpp"

namespace geod::models {

/// The network of a model folder, with the manifest's geometry and the file's weights, and those of
/// `overlay` laid over them (then geometry and task are the overlay's). Its tensors are its own: it
/// may be trained. Errors of load_base; kModelMismatch of check_overlay.
Result<std::unique_ptr<TorchSeisMollm>> load_network(const std::filesystem::path& directory,
                                                     const Manifest& manifest,
                                                     const NetworkOverlay* overlay = nullptr);

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
