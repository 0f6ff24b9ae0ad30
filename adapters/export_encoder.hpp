#pragma once

#include <string>
#include <vector>

#include "models/manifest.hpp"
#include "models/safetensors.hpp"

namespace geod::adapters {

/// An encoder as transformers' Dinov2Model (with registers: Dinov2WithRegistersModel) opens it.
/// Sources: the names of both, facts of the published checkpoints.

/// Its config.json. The model computes what geod does where the image has as many patches as there
/// are positions; at other sizes by its own rule for them.
std::string dinov2_config(const models::Manifest& manifest);

/// Its tensors of the canonical encoder tensor `tensor`; qkv becomes three. Names that are none of
/// an encoder's are programmer errors.
std::vector<models::FloatTensor> to_dinov2(const models::FloatTensor& tensor);

}  // namespace geod::adapters
