#include "adapters/peft_inversion.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/ranges.h>

#include "adapters/peft_names.hpp"
#include "models/inversion_layers.hpp"
#include "models/inversion_specs.hpp"

namespace geod::adapters {
namespace {

constexpr std::string_view kPeftPrefix = "base_model.model.";
constexpr std::string_view kA = ".lora_A.weight";
constexpr std::string_view kB = ".lora_B.weight";

/// "convblock1.layers.0" of a tensor of a pair; nothing for another name.
std::optional<std::string_view> module_of(std::string_view name) {
  if (!name.ends_with(kA) && !name.ends_with(kB)) {
    return std::nullopt;
  }
  return name.substr(0, name.size() - kA.size());
}

/// Whether a module is a (transposed) convolution of InversionNet; the names do not depend on its
/// dimensions.
bool is_convolution(std::string_view module, bool is_transposed) {
  const auto layers = models::inversion_layers({});
  return std::any_of(layers.begin(), layers.end(), [&](const models::InversionLayer& layer) {
    return layer.is_transposed == is_transposed && module == layer.name + ".layers.0";
  });
}

bool is_targeted(const PeftConfig& config, std::string_view module) {
  const auto& targets = config.target_modules;
  return targets.empty() ||
         std::any_of(targets.begin(), targets.end(), [module](const std::string& target) {
           return is_module(module, target);
         });
}

}  // namespace

std::optional<std::string> inversion_peft_name(std::string_view canonical_name) {
  const auto module = module_of(canonical_name);
  if (!module || !is_convolution(*module, /*is_transposed=*/false)) {
    return std::nullopt;
  }
  return std::string(kPeftPrefix).append(canonical_name);
}

std::optional<std::string> inversion_canonical_name(std::string_view peft_name) {
  if (!peft_name.starts_with(kPeftPrefix)) {
    return std::nullopt;
  }
  const std::string_view name = peft_name.substr(kPeftPrefix.size());
  return inversion_peft_name(name) ? std::optional(std::string(name)) : std::nullopt;
}

bool is_transposed_lora(std::string_view canonical_name) {
  const auto module = module_of(canonical_name);
  return module && is_convolution(*module, /*is_transposed=*/true);
}

std::string inversion_formula(const models::InversionGeometry& geometry) {
  using models::InversionTuning;
  switch (geometry.tuning) {
    case InversionTuning::kNone:
      return "";
    case InversionTuning::kLora:
      return fmt::format(
          "y = conv(x) + s B(A(x)), s = {} = {:.9g}; dW[o,i,u,v] = s sum_q B[o,q] A[q,i,u,v]; "
          "transposed: dW[i,o,u,v] = s sum_q A[i,q,u,v] B[o,q]",
          geometry.lora_scaling == models::LoraScaling::kAlphaOverR ? "alpha / r"
          : geometry.lora_scaling == models::LoraScaling::kAlpha    ? "alpha"
                                                                    : "alpha / sqrt(r)",
          geometry.lora_scale());
    case InversionTuning::kSsf:
      return "y = scale x + shift per channel, after the norm and, where it is frozen, after the "
             "convolution";
    case InversionTuning::kAdaptFormer:
      return "y = block(x) + 0.1 (up relu(down x + b) + c), 1 x 1, beside the blocks that keep "
             "their shape";
    case InversionTuning::kBitFit:
      return "biases of the norms and, where these are frozen, of the convolutions";
    case InversionTuning::kNorms:
      return "scale and shift of the norms";
    case InversionTuning::kPrompt:
      return "y = network(x + prompt), x the normalised shots";
  }
  return "";
}

Result<void> add_inversion_tensors(const models::SafetensorsFile& file,
                                   const PeftConfig& config,
                                   models::NetworkOverlay& overlay) {
  std::map<std::string, models::TensorSpec, std::less<>> specs;
  for (models::TensorSpec& spec : models::inversion_specs(overlay.manifest.inversion)) {
    specs.emplace(spec.name, spec);
  }
  for (const auto& [name, entry] : file.tensors()) {
    const auto refuse = [&](std::string_view why) {
      return fail(Errc::kModelMismatch, "{}: tensor '{}' {}", file.path().string(), name, why);
    };
    const auto canonical = inversion_canonical_name(name);
    const auto spec = canonical ? specs.find(*canonical) : specs.end();
    if (spec == specs.end()) {
      return refuse(
          "is none that geod takes from peft: LoRA matrices of the convolutions of this geometry");
    }
    if (!is_targeted(config, *module_of(*canonical))) {
      return refuse("is not among the config's target_modules");
    }
    if (entry.shape != spec->second.shape) {
      return refuse(fmt::format("has shape [{}], the network needs [{}]",
                                fmt::join(entry.shape, ", "),
                                fmt::join(spec->second.shape, ", ")));
    }
    auto values = file.read_floats(name);
    if (!values) {
      return tl::unexpected(values.error());
    }
    overlay.tensors.emplace(*canonical, models::HostTensor{entry.shape, std::move(*values)});
  }
  return {};
}

Result<void> complete_inversion_pairs(models::NetworkOverlay& overlay) {
  if (overlay.manifest.input() != models::InputKind::kShots) {
    return {};
  }
  for (const models::TensorSpec& spec : models::inversion_specs(overlay.manifest.inversion)) {
    if (spec.part != models::Part::kLora) {
      continue;
    }
    const bool is_a = spec.name.ends_with(kA);
    const std::string other = std::string(*module_of(spec.name)).append(is_a ? kB : kA);
    if (is_a && overlay.tensors.contains(spec.name) != overlay.tensors.contains(other)) {
      return fail(Errc::kModelMismatch,
                  "tensor '{}' is missing: half a LoRA pair",
                  overlay.tensors.contains(spec.name) ? other : spec.name);
    }
    overlay.tensors.try_emplace(
        spec.name,
        models::HostTensor{spec.shape,
                           std::vector<float>(static_cast<std::size_t>(spec.elements()), 0.0F)});
  }
  return {};
}

}  // namespace geod::adapters
