#pragma once

#include <string>
#include <vector>

#include "adapters/peft_config.hpp"
#include "core/error.hpp"
#include "models/overlay.hpp"
#include "models/safetensors.hpp"

namespace geod::adapters {

/// Adds the tensors of an adapter_model.safetensors to `overlay`, whose manifest has the geometry.
/// LoRA pairs of modules that were not targeted are added as zeros, which change nothing. For
/// images see add_dinov2_tensors: the rank of the manifest is the config's, or three times as
/// large. kModelMismatch naming the tensor: of another name or shape than peft gives it, half a
/// pair, not in the config's target_modules or modules_to_save, not finite; errors of read_floats.
Result<void> add_peft_tensors(const models::SafetensorsFile& file,
                              const PeftConfig& config,
                              models::NetworkOverlay& overlay);

/// Adds the tensors of a head.safetensors: any of the network but the
/// LoRA that belongs into the other file, under canonical names. The
/// counters of batches that PyTorch saves beside running statistics are skipped.
/// kModelMismatch naming the tensor, also when the overlay has it already.
Result<void> add_head_tensors(const models::SafetensorsFile& file, models::NetworkOverlay& overlay);

}  // namespace geod::adapters
