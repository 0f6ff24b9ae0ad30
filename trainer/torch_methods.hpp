#pragma once

#include "models/torch_seismollm.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// Whether a tensor trains under a method: the table of docs/training.md.
bool trains(const models::TensorSpec& spec, Method method, const LoraOptions& lora);

/// Freezes what the method leaves alone and lets the rest train.
void apply_method(models::TorchSeisMollm& network, Method method, const LoraOptions& lora);

}  // namespace geod::trainer
