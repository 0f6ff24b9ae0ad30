#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/peft_config.hpp"
#include "core/error.hpp"
#include "models/overlay.hpp"
#include "models/safetensors.hpp"

namespace geod::adapters {

/// LoRA of an InversionNet in Python's peft, which knows convolutions but no transposed ones: the
/// pairs of the 20 convolutions go into the adapter file under peft's names, those of the five
/// transposed ones into the head file under geod's. The formulas are those of
/// models/torch_inversion_block.hpp; the manifest of the bundle says them.

/// base_model.model.convblock1.layers.0.lora_A.weight for the name without the prefix; nothing for
/// what is no pair of a convolution.
std::optional<std::string> inversion_peft_name(std::string_view canonical_name);
std::optional<std::string> inversion_canonical_name(std::string_view peft_name);
/// Whether the name is of a pair of a transposed convolution.
bool is_transposed_lora(std::string_view canonical_name);

/// "alpha / r" and what else the network computes beside its base, in one line: the text "formula"
/// of a bundle's manifest. Empty for a network without anything laid on it.
std::string inversion_formula(const models::InversionGeometry& geometry);

/// Adds the pairs of an adapter_model.safetensors to `overlay`. kModelMismatch naming the tensor:
/// no pair of a convolution of this geometry, not in the config's target_modules, of another shape;
/// errors of read_floats.
Result<void> add_inversion_tensors(const models::SafetensorsFile& file,
                                   const PeftConfig& config,
                                   models::NetworkOverlay& overlay);

/// Layers without a pair get zeros, which change nothing; after both files were read. Does nothing
/// for other networks. kModelMismatch naming what is missing of half a pair.
Result<void> complete_inversion_pairs(models::NetworkOverlay& overlay);

}  // namespace geod::adapters
