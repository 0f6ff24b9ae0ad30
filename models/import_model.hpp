#pragma once

#include <filesystem>

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
