#include "adapters/adapter_tensors.hpp"

#include <algorithm>
#include <map>

#include <fmt/ranges.h>

#include "adapters/peft_dinov2.hpp"
#include "adapters/peft_inversion.hpp"
#include "adapters/peft_names.hpp"
#include "models/network_shape.hpp"
#include "models/tensor_specs.hpp"

namespace geod::adapters {
namespace {

using models::Part;
using models::TensorSpec;
using Specs = std::map<std::string, TensorSpec, std::less<>>;

constexpr std::string_view kBatchCounter = ".num_batches_tracked";

Specs specs_of(const models::Manifest& manifest) {
  Specs specs;
  for (TensorSpec& spec : models::tensor_specs(manifest)) {
    const std::string name = spec.name;
    specs.emplace(name, std::move(spec));
  }
  return specs;
}

tl::unexpected<Error> refuse(const models::SafetensorsFile& file,
                             std::string_view tensor,
                             std::string_view why) {
  return fail(Errc::kModelMismatch, "{}: tensor '{}' {}", file.path().string(), tensor, why);
}

/// Reads the tensor that the file calls `name` into the overlay as `spec`.
Result<void> add(const models::SafetensorsFile& file,
                 const std::string& name,
                 const TensorSpec& spec,
                 models::NetworkOverlay& overlay) {
  const auto entry = file.find(name);
  if (!entry) {
    return tl::unexpected(entry.error());
  }
  if (entry->shape != spec.shape) {
    return refuse(file,
                  name,
                  fmt::format("has shape [{}], the network needs [{}]",
                              fmt::join(entry->shape, ", "),
                              fmt::join(spec.shape, ", ")));
  }
  auto values = file.read_floats(name);
  if (!values) {
    return tl::unexpected(values.error());
  }
  if (!overlay.tensors.emplace(spec.name, models::HostTensor{spec.shape, std::move(*values)})
           .second) {
    return refuse(file, name, "is in another file of the bundle, too");
  }
  return {};
}

/// Whether the config says that the file holds this tensor.
bool is_announced(const PeftConfig& config, const std::string& canonical) {
  if (const auto module = module_to_save(canonical)) {
    const auto& saved = config.modules_to_save;
    return std::find(saved.begin(), saved.end(), *module) != saved.end();
  }
  const auto& targets = config.target_modules;
  return targets.empty() || std::any_of(targets.begin(), targets.end(), [&](const auto& target) {
           return is_target(canonical, target);
         });
}

/// Modules without LoRA get zeros; half a pair is refused.
Result<void> complete_pairs(const models::SafetensorsFile& file,
                            const Specs& specs,
                            models::NetworkOverlay& overlay) {
  constexpr std::string_view kA = ".lora_A.weight";
  std::size_t given = 0;
  for (const auto& [name, spec] : specs) {
    if (spec.part != Part::kLora || !name.ends_with(kA)) {
      continue;
    }
    const std::string other = name.substr(0, name.size() - kA.size()) + ".lora_B.weight";
    const bool has_a = overlay.tensors.contains(name);
    const bool has_b = overlay.tensors.contains(other);
    if (has_a != has_b) {
      return refuse(file, *peft_name(has_a ? other : name), "is missing: half a LoRA pair");
    }
    given += has_a ? 1U : 0U;
    for (const std::string& half : {name, other}) {
      const TensorSpec& half_spec = specs.at(half);
      overlay.tensors.try_emplace(
          half,
          models::HostTensor{
              half_spec.shape,
              std::vector<float>(static_cast<std::size_t>(half_spec.elements()), 0.0F)});
    }
  }
  if (given == 0) {
    return fail(Errc::kModelMismatch, "{}: holds no LoRA matrices", file.path().string());
  }
  return {};
}

}  // namespace

Result<void> add_peft_tensors(const models::SafetensorsFile& file,
                              const PeftConfig& config,
                              models::NetworkOverlay& overlay) {
  if (overlay.manifest.is_of_images()) {
    return add_dinov2_tensors(
        file, config, models::lora_of(overlay.manifest).rank / config.rank, overlay);
  }
  if (overlay.manifest.input() == models::InputKind::kShots) {
    return add_inversion_tensors(file, config, overlay);
  }
  const Specs specs = specs_of(overlay.manifest);
  for (const auto& [name, entry] : file.tensors()) {
    const auto canonical = canonical_name(name);
    const auto spec = canonical ? specs.find(*canonical) : specs.end();
    if (spec == specs.end()) {
      return refuse(file,
                    name,
                    "is none that geod takes from peft: LoRA matrices, LayerNorms and positions of "
                    "this geometry's blocks");
    }
    if (!is_announced(config, *canonical)) {
      return refuse(file, name, "is not among the config's target_modules or modules_to_save");
    }
    if (auto ok = add(file, name, spec->second, overlay); !ok) {
      return ok;
    }
  }
  return complete_pairs(file, specs, overlay);
}

Result<void> add_head_tensors(const models::SafetensorsFile& file,
                              models::NetworkOverlay& overlay) {
  const Specs specs = specs_of(overlay.manifest);
  for (const auto& [name, entry] : file.tensors()) {
    if (name.ends_with(kBatchCounter)) {
      continue;
    }
    const auto spec = specs.find(name);
    const bool is_pefts =
        spec != specs.end() && spec->second.part == Part::kLora && !is_transposed_lora(spec->first);
    if (spec == specs.end() || is_pefts) {
      return refuse(file, name, "is none of this network but LoRA");
    }
    if (auto ok = add(file, name, spec->second, overlay); !ok) {
      return ok;
    }
  }
  return {};
}

}  // namespace geod::adapters
