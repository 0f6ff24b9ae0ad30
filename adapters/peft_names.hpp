#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace geod::adapters {

/// Names of an adapter's tensors in Python's peft over transformers' GPT2Model, and geod's own:
/// base_model.model.h.0.attn.c_attn.lora_A.weight <-> gpt2.h.0.attn.c_attn.lora_A.weight. The file
/// holds LoRA pairs, LayerNorms and positions; nothing for any other name.
std::optional<std::string> canonical_name(std::string_view peft_name);
std::optional<std::string> peft_name(std::string_view canonical_name);

/// The module of GPT2Model that peft's modules_to_save lists for a tensor: ln_1, ln_2, ln_f or wpe;
/// nothing for a LoRA tensor.
std::optional<std::string> module_to_save(std::string_view canonical_name);

/// Whether peft's target_modules entry means this LoRA tensor: its whole module path or the last
/// parts of it ("c_proj", "attn.c_proj").
bool is_target(std::string_view canonical_name, std::string_view target);

/// The same for a module path of any model, "encoder.layer.0.attention.output.dense".
bool is_module(std::string_view module, std::string_view target);

}  // namespace geod::adapters
