#include "trainer/torch_methods.hpp"

#include <algorithm>

namespace geod::trainer {
namespace {

using NetworkPart = models::Part;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool lora_trains(const models::TensorSpec& spec, const LoraOptions& lora) {
  switch (spec.part) {
    case NetworkPart::kLora:
      return lora.targets.empty() || std::ranges::any_of(lora.targets, [&](LoraTarget target) {
               return contains(spec.name, to_string(target));
             });
    case NetworkPart::kTrunk:
      return contains(spec.name, ".ln_") || contains(spec.name, ".wpe.");
    case NetworkPart::kEncoder:
      return false;
    case NetworkPart::kEmbedder:
    case NetworkPart::kHead:
    case NetworkPart::kDecoder:
    case NetworkPart::kTuning:
      return true;
  }
  return true;
}

}  // namespace

bool trains(const models::TensorSpec& spec, Method method, const LoraOptions& lora) {
  if (spec.is_buffer) {
    return false;
  }
  if (spec.part == NetworkPart::kHead) {
    return true;
  }
  switch (method) {
    case Method::kLora:
      return lora_trains(spec, lora);
    case Method::kFull:
    case Method::kScratch:
      return true;
    case Method::kBitFit:
      return spec.name.ends_with(".bias");
    case Method::kNorms:
      return contains(spec.name, ".norm.") || contains(spec.name, ".ln_");
    case Method::kHead:
    case Method::kSsf:  // these lie on networks of inversion alone: find_starting_point
    case Method::kAdaptFormer:
    case Method::kPrompt:
      return false;
  }
  return true;
}

void apply_method(models::TorchSeisMollm& network, Method method, const LoraOptions& lora) {
  for (const models::TensorSpec& spec : network.tensors().specs()) {
    network.tensors().at(spec.name).set_requires_grad(trains(spec, method, lora));
  }
}

}  // namespace geod::trainer
