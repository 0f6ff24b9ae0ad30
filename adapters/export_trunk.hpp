#pragma once

#include <filesystem>

#include "core/error.hpp"

namespace geod::adapters {

/// Writes the GPT-2 trunk of a model folder as a folder that transformers'
/// GPT2Model.from_pretrained opens (config.json, model.safetensors), so that peft can open this
/// base's bundles on it or train new ones. The trunk's own matrices, without LoRA that the base
/// itself may have; an embedding of one word, which nothing uses. `out` must not be there yet; it
/// is written beside and renamed. Of a model for images the encoder, for Dinov2Model (see
/// export_encoder.hpp).
///
/// Errors of load_manifest and SafetensorsFile; kModelMismatch when the weights are not the
/// manifest's; kIo, kStorageFull.
Result<void> export_trunk(const std::filesystem::path& model_directory,
                          const std::filesystem::path& out);

}  // namespace geod::adapters
