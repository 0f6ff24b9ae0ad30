#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "models/manifest.hpp"

namespace geod::models {

/// Turns GPT-2 weights in safetensors (as published on Hugging Face, with or without the prefix
/// "transformer.") into a base folder of family "gpt2": positions, the first `blocks` blocks and
/// the final LayerNorm, Conv1D layout kept. Causal-mask buffers and the word table are left out.
///
/// @return  the folder made, OUT/gpt2-<12 hex digits of the weights' SHA-256>.
/// Errors: those of SafetensorsFile; kModelMismatch when the tensors are not a GPT-2 of this shape.
Result<std::filesystem::path> import_gpt2(const std::filesystem::path& file,
                                          const std::filesystem::path& out_directory,
                                          std::int64_t blocks = 3);

/// What the weights of a DINOv2 encoder do not say by themselves.
struct Dinov2Import {
  /// Name (named_segmenter) of the encoder that the file must be; empty: what its shapes say.
  std::string geometry;
  /// How positions are resampled; empty: as its authors do, with or without registers.
  std::optional<PositionRule> position_rule;
};

/// Turns the weights of a DINOv2 encoder (ViT-S, B, L, with or without registers) into a base
/// folder of family "dinov2". Reads the names of the original files and those of transformers'
/// Dinov2Model and Dinov2WithRegistersModel, whose query, key and value are joined, alone or inside
/// a classification model, in safetensors or as a `.pth`. Heads are 64 wide, as published.
///
/// @return  the folder made, OUT/<name>-<12 hex digits of the weights' SHA-256>.
/// Errors: those of WeightFile; kModelMismatch naming a tensor that is missing, unknown or of
/// another shape; kUnsupported for ViT-g, whose blocks are others; kNotFound for an unknown name.
Result<std::filesystem::path> import_dinov2(const std::filesystem::path& file,
                                            const Dinov2Import& options,
                                            const std::filesystem::path& out_directory);

/// What the weights of an InversionNet do not say by themselves.
struct InversionImport {
  InversionGeometry geometry;  ///< sources and width are read from the file
  InversionSettings settings;  ///< the bounds of amplitude it was trained with
};

/// Turns the weights of an InversionNet, as OpenFWI's code saves them (a `.pth` with "model" and
/// the arguments of its training, or the tensors alone) or in safetensors, into a model folder of
/// family "inversionnet". Older names (Conv2DwithBN, Deconv2DwithBN) mean the same; the counters of
/// batches are left out.
///
/// @return  the folder made, OUT/inversionnet-<12 hex digits of the weights' SHA-256>.
/// Errors: those of WeightFile; kModelMismatch naming a tensor that is missing, unknown or of
/// another shape.
Result<std::filesystem::path> import_inversionnet(const std::filesystem::path& file,
                                                  const InversionImport& options,
                                                  const std::filesystem::path& out_directory);

/// Turns a checkpoint of the published SeisMoLLM code (`.pth`) into a model folder. The file does
/// not say for which task, window and rate it was trained: `task` and `geometry` do, and every
/// tensor must fit them.
///
/// @return  the folder made, OUT/seismollm-<task>-<12 hex digits of the weights' SHA-256>.
/// Errors: those of Checkpoint; kModelMismatch naming a tensor that is missing, unknown or of
/// another shape.
Result<std::filesystem::path> import_seismollm(const std::filesystem::path& file,
                                               Task task,
                                               const SeisMollmGeometry& geometry,
                                               const std::filesystem::path& out_directory);

}  // namespace geod::models
