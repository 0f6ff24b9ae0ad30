#pragma once

#include <filesystem>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "core/window.hpp"
#include "models/torch_model_files.hpp"

namespace geod::models::test {

/// A network of 0.2 M parameters with LoRA and an odd window: every path, little time.
inline SeisMollmGeometry small_geometry() {
  SeisMollmGeometry geometry = *named_geometry("starter");
  geometry.window_samples = 1021;
  geometry.embed_channels = {4, 6, 10, 8};
  geometry.blocks = 2;
  geometry.lora_rank = 4;
  geometry.lora_alpha = 6.0;
  geometry.head_channels = {12, 10, 8};
  return geometry;
}

/// A network whose every tensor differs from its initial value, so that no fold is trivial.
inline std::unique_ptr<TorchSeisMollm> random_network(const SeisMollmGeometry& geometry,
                                                      Task task,
                                                      unsigned seed = 7) {
  auto network = TorchSeisMollm::make(geometry, task, seed);
  EXPECT_TRUE(network) << network.error().what;
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0F, 0.1F);
  for (const TensorSpec& spec : (*network)->tensors().specs()) {
    at::Tensor values = (*network)->tensors().at(spec.name).detach().clone();
    float* data = values.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < values.numel(); ++i) {
      data[i] +=
          spec.name.ends_with("running_var") ? std::abs(normal(generator)) : normal(generator);
    }
    EXPECT_TRUE((*network)->tensors().assign(spec.name, values));
  }
  return std::move(*network);
}

/// A window of noise in counts, about an offset.
inline Window random_window(const SeisMollmGeometry& geometry, unsigned seed) {
  Window window;
  window.rate = geometry.sampling_rate;
  window.samples = geometry.window_samples;
  window.subsource = {'Z', 'N', 'E'};
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(300.0F, 1000.0F);
  window.data.resize(kComponents * static_cast<std::size_t>(window.samples));
  for (float& value : window.data) {
    value = normal(generator);
  }
  return window;
}

/// Writes a model folder with `network`.
inline void write_model(const std::filesystem::path& folder, const TorchSeisMollm& network) {
  Manifest manifest;
  manifest.name = "test";
  manifest.version = "1";
  manifest.geometry = network.geometry();
  manifest.task = network.task();
  manifest.picks.hop_samples = network.geometry().window_samples / 4;
  const auto saved = save_network(folder, network, manifest);
  EXPECT_TRUE(saved) << saved.error().what;
}

}  // namespace geod::models::test
