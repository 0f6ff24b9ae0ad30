#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <ATen/ops/from_blob.h>

#include "models/normalise.hpp"
#include "tests/support/models_networks.hpp"

namespace geod::models::test {

/// The tensors `names` of a network, as an adapter holds them.
inline std::map<std::string, HostTensor> host_tensors(const TorchSeisMollm& network,
                                                      const std::set<std::string>& names) {
  std::map<std::string, HostTensor> tensors;
  for (const std::string& name : names) {
    const at::Tensor values = network.tensors().at(name).detach().contiguous();
    const float* data = values.const_data_ptr<float>();
    tensors[name] = {values.sizes().vec(), {data, data + values.numel()}};
  }
  return tensors;
}

/// What LoRA training changes: all but the matrices and biases of the GPT-2 blocks.
inline std::set<std::string> trained_names(const SeisMollmGeometry& geometry, Task task) {
  std::set<std::string> names;
  for (const TensorSpec& spec : tensor_specs(geometry, task)) {
    if (spec.is_trainable || spec.is_buffer) {
      names.insert(spec.name);
    }
  }
  return names;
}

/// A random adapter for `base`, with LoRA of rank 3 where `names` asks for it.
inline std::shared_ptr<NetworkOverlay> random_overlay(const Manifest& base,
                                                      Task task,
                                                      unsigned seed) {
  auto overlay = std::make_shared<NetworkOverlay>();
  overlay->manifest = base;
  overlay->manifest.name = "adapter";
  overlay->manifest.version = std::to_string(seed);
  overlay->manifest.task = task;
  overlay->manifest.geometry.lora_rank = 3;
  overlay->manifest.geometry.lora_alpha = 5.0;
  overlay->adapter_hash = std::string(63, 'a') + static_cast<char>('0' + seed % 10);
  const auto network = random_network(overlay->manifest.geometry, task, seed);
  overlay->tensors = host_tensors(*network, trained_names(overlay->manifest.geometry, task));
  return overlay;
}

/// The outputs of `network` for `window`, [K, T] or [K] as the engine gives them.
inline std::vector<float> outputs_of(const TorchSeisMollm& network, const Window& window) {
  std::vector<float> x(window.data.size());
  normalise(window, x);
  at::Tensor y = network.activate(
      network.logits(at::from_blob(x.data(), {1, 3, window.samples}, at::kFloat), false));
  if (network.task() == Task::kDpk) {
    y = y.narrow(1, 1, 2);
  }
  y = y.detach().contiguous();
  const float* data = y.const_data_ptr<float>();
  return {data, data + y.numel()};
}

}  // namespace geod::models::test
