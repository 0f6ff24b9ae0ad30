#include "adapters/peft_names.hpp"

#include <algorithm>
#include <array>

namespace geod::adapters {
namespace {

constexpr std::string_view kPeftPrefix = "base_model.model.";
constexpr std::string_view kTrunkPrefix = "gpt2.";
constexpr std::array<std::string_view, 4> kSaved{"ln_1", "ln_2", "ln_f", "wpe"};

/// The last part of a module path before ".weight" or ".bias", and what is before it.
struct Place {
  std::string_view module;  ///< "h.0.attn.c_attn.lora_A", "h.0.ln_1"
  std::string_view last;    ///< "lora_A", "ln_1"
};

Place place_of(std::string_view name) {
  const std::string_view module = name.substr(0, std::min(name.rfind('.'), name.size()));
  return {module, module.substr(module.rfind('.') + 1)};
}

bool is_lora(std::string_view name) {
  return name.ends_with(".lora_A.weight") || name.ends_with(".lora_B.weight");
}

bool is_saved(std::string_view name) {
  const std::string_view last = place_of(name).last;
  return std::find(kSaved.begin(), kSaved.end(), last) != kSaved.end() &&
         (name.ends_with(".weight") || name.ends_with(".bias"));
}

}  // namespace

std::optional<std::string> canonical_name(std::string_view peft_name) {
  if (!peft_name.starts_with(kPeftPrefix)) {
    return std::nullopt;
  }
  const std::string_view name = peft_name.substr(kPeftPrefix.size());
  if (!is_lora(name) && !is_saved(name)) {
    return std::nullopt;
  }
  return std::string(kTrunkPrefix).append(name);
}

std::optional<std::string> peft_name(std::string_view canonical_name) {
  if (!canonical_name.starts_with(kTrunkPrefix)) {
    return std::nullopt;
  }
  const std::string_view name = canonical_name.substr(kTrunkPrefix.size());
  if (!is_lora(name) && !is_saved(name)) {
    return std::nullopt;
  }
  return std::string(kPeftPrefix).append(name);
}

std::optional<std::string> module_to_save(std::string_view canonical_name) {
  if (!canonical_name.starts_with(kTrunkPrefix) || !is_saved(canonical_name)) {
    return std::nullopt;
  }
  return std::string(place_of(canonical_name).last);
}

bool is_target(std::string_view canonical_name, std::string_view target) {
  if (!is_lora(canonical_name) || !canonical_name.starts_with(kTrunkPrefix) || target.empty()) {
    return false;
  }
  std::string_view module = place_of(canonical_name.substr(kTrunkPrefix.size())).module;
  module.remove_suffix(std::string_view(".lora_A").size());
  return is_module(module, target);
}

bool is_module(std::string_view module, std::string_view target) {
  return !target.empty() &&
         (module == target ||
          (module.ends_with(target) && module[module.size() - target.size() - 1] == '.'));
}

}  // namespace geod::adapters
