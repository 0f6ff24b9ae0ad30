#include "adapters/bundle_parts.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "adapters/peft_dinov2.hpp"
#include "adapters/peft_inversion.hpp"
#include "adapters/peft_names.hpp"
#include "models/network_shape.hpp"
#include "models/tensor_specs.hpp"

namespace geod::adapters {
namespace {

using models::HostTensor;

bool is_lora(std::string_view name) {
  return name.ends_with(".lora_A.weight") || name.ends_with(".lora_B.weight");
}

bool has_lora(const BundleContent& content) {
  return std::any_of(content.tensors.begin(), content.tensors.end(), [](const auto& entry) {
    return is_lora(entry.first);
  });
}

/// The last part of a LoRA tensor's module, in the words of the model that peft adapts: what its
/// target_modules lists.
std::string target_of(std::string_view name) {
  const std::string_view module =
      name.substr(0, name.size() - std::string_view(".lora_A.weight").size());
  return std::string(module.substr(module.rfind('.') + 1));
}

PeftConfig config_of(const BundleContent& content,
                     AdaptedModel adapted,
                     const std::set<std::string>& targets,
                     const std::set<std::string>& saved) {
  const models::LoraSettings lora = models::lora_of(content.manifest);
  return {.rank = lora.rank,
          .alpha = lora.alpha,
          .dropout = lora.dropout,
          .target_modules = {targets.begin(), targets.end()},
          .modules_to_save = {saved.begin(), saved.end()},
          .base_model = content.base_model_id,
          .adapted = adapted};
}

/// GPT-2: with LoRA, peft also saves LayerNorms and positions.
BundleParts split_seismograms(const BundleContent& content) {
  const bool with_lora = has_lora(content);
  std::set<std::string> targets;
  std::set<std::string> saved;
  BundleParts parts;
  for (const auto& [name, tensor] : content.tensors) {
    const auto in_adapter = with_lora ? peft_name(name) : std::nullopt;
    models::FloatTensor written{in_adapter.value_or(name), tensor.shape, tensor.values};
    if (!in_adapter) {
      parts.head.push_back(std::move(written));
      continue;
    }
    parts.adapter.push_back(std::move(written));
    if (const auto module = module_to_save(name)) {
      saved.insert(*module);
    } else {
      targets.insert(target_of(name));
    }
  }
  if (with_lora) {
    parts.config = config_of(content, AdaptedModel::kGpt2, targets, saved);
  }
  return parts;
}

/// DINOv2: LoRA alone.
BundleParts split_images(const BundleContent& content) {
  std::map<std::string, HostTensor> lora;
  BundleParts parts;
  for (const auto& [name, tensor] : content.tensors) {
    if (is_encoder_lora(name)) {
      lora.emplace(name, tensor);
    } else {
      parts.head.push_back({name, tensor.shape, tensor.values});
    }
  }
  if (!lora.empty()) {
    parts.adapter = to_dinov2_peft(lora);
    std::set<std::string> targets;
    for (const models::FloatTensor& tensor : parts.adapter) {
      targets.insert(target_of(tensor.name));
    }
    parts.config =
        config_of(content,
                  content.manifest.segmenter.registers > 0 ? AdaptedModel::kDinov2WithRegisters
                                                           : AdaptedModel::kDinov2,
                  targets,
                  {});
  }
  return parts;
}

/// InversionNet: LoRA of its convolutions; peft knows no transposed ones.
BundleParts split_shots(const BundleContent& content) {
  std::set<std::string> targets;
  BundleParts parts;
  for (const auto& [name, tensor] : content.tensors) {
    if (const auto in_adapter = inversion_peft_name(name)) {
      parts.adapter.push_back({*in_adapter, tensor.shape, tensor.values});
      targets.insert(name.substr(0, name.size() - std::string_view(".lora_A.weight").size()));
    } else {
      parts.head.push_back({name, tensor.shape, tensor.values});
    }
  }
  if (!parts.adapter.empty()) {
    parts.config = config_of(content, AdaptedModel::kInversionNet, targets, {});
  }
  return parts;
}

BundleParts split_by_input(const BundleContent& content) {
  switch (content.manifest.input()) {
    case models::InputKind::kImages:
      return split_images(content);
    case models::InputKind::kShots:
      return split_shots(content);
    case models::InputKind::kSeismograms:
      break;
  }
  return split_seismograms(content);
}

/// peft saves a module whole: when one tensor of ln_1 is there, all of every block must be.
Result<void> check_saved_modules(const BundleContent& content, const PeftConfig& config) {
  for (const models::TensorSpec& spec : models::tensor_specs(content.manifest)) {
    const auto module = module_to_save(spec.name);
    const auto& saved = config.modules_to_save;
    if (module && std::find(saved.begin(), saved.end(), *module) != saved.end() &&
        !content.tensors.contains(spec.name)) {
      return fail(Errc::kModelMismatch,
                  "tensor '{}' is missing: peft saves all {} or none",
                  spec.name,
                  *module);
    }
  }
  return {};
}

}  // namespace

Result<BundleParts> split(const BundleContent& content) {
  BundleParts parts = split_by_input(content);
  if (parts.config) {
    if (auto ok = check_saved_modules(content, *parts.config); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  return parts;
}

models::NetworkOverlay overlay_of(const BundleContent& content) {
  models::NetworkOverlay overlay;
  overlay.manifest = content.manifest;
  overlay.tensors = content.tensors;
  const bool with_lora = has_lora(content);
  for (const models::TensorSpec& spec : models::tensor_specs(content.manifest)) {
    if (with_lora && spec.part == models::Part::kLora) {
      overlay.tensors.try_emplace(
          spec.name,
          HostTensor{spec.shape, std::vector<float>(static_cast<std::size_t>(spec.elements()))});
    }
  }
  return overlay;
}

}  // namespace geod::adapters
