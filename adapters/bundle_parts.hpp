#pragma once

#include <optional>
#include <vector>

#include "adapters/peft_config.hpp"
#include "adapters/write_bundle.hpp"
#include "core/error.hpp"
#include "models/overlay.hpp"
#include "models/safetensors.hpp"

namespace geod::adapters {

/// The tensors of a bundle by file, and peft's config when there is LoRA.
struct BundleParts {
  std::vector<models::FloatTensor> adapter;  ///< as peft names and shapes them
  std::vector<models::FloatTensor> head;     ///< canonical
  std::optional<PeftConfig> config;
};

/// kModelMismatch when half a module would go into the adapter file: peft saves modules whole.
Result<BundleParts> split(const BundleContent& content);

/// The overlay that read_bundle will make of it, without hash and golden case.
models::NetworkOverlay overlay_of(const BundleContent& content);

}  // namespace geod::adapters
