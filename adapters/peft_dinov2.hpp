#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/peft_config.hpp"
#include "core/error.hpp"
#include "models/overlay.hpp"
#include "models/safetensors.hpp"

namespace geod::adapters {

/// LoRA of a DINOv2 encoder in Python's peft over transformers' Dinov2Model and in geod's layout.
/// There query, key and value are three layers, each with an A of its own; here they are one (qkv,
/// as DINOv2 has it) with one A for all. So what geod trains is written with A three times. Three
/// different A of rank r are joined exactly at rank 3 r: A are stacked, every B gets its own
/// columns, and alpha grows threefold, which keeps the scale alpha / rank.
///
/// transformers 5 renamed the layers in memory, and with them the tensors of adapters, but not
/// those of models: attention.q_proj was attention.attention.query. Both are read, the newer is
/// written.

/// Rank of the fused layout that holds the file's matrices, over their own: 1 where query, key and
/// value have one A in every block, else 3. Errors as add_dinov2_tensors.
Result<std::int64_t> dinov2_rank_factor(const models::SafetensorsFile& file,
                                        const PeftConfig& config,
                                        const models::SegmenterGeometry& geometry);

/// Adds the LoRA pairs of an adapter_model.safetensors to `overlay`, whose manifest's rank is the
/// config's times `rank_factor` (1 or 3). Modules that were not targeted are added as zeros.
/// kModelMismatch naming the tensor: of another name or shape than peft gives it, half a pair, not
/// in the config's target_modules, several A for a factor of 1; errors of read_floats.
Result<void> add_dinov2_tensors(const models::SafetensorsFile& file,
                                const PeftConfig& config,
                                std::int64_t rank_factor,
                                models::NetworkOverlay& overlay);

/// The LoRA pairs of an encoder ("encoder.blocks.0.attn.qkv.lora_A.weight" ...) as peft holds them.
std::vector<models::FloatTensor> to_dinov2_peft(
    const std::map<std::string, models::HostTensor>& lora);

/// Whether a tensor is one that to_dinov2_peft takes.
bool is_encoder_lora(std::string_view canonical_name);

}  // namespace geod::adapters
