#pragma once

#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "models/file_io.hpp"
#include "models/overlay.hpp"
#include "models/safetensors.hpp"
#include "models/segmentation.hpp"
#include "models/torch_segmenter.hpp"
#include "tests/support/image_manifests.hpp"

namespace geod::models::test {

/// A network whose every tensor differs from its initial value.
inline std::unique_ptr<TorchSegmenter> random_segmenter(const SegmenterGeometry& geometry,
                                                        unsigned seed) {
  auto network = TorchSegmenter::make(geometry, seed);
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

inline HostTensor host_tensor(const TorchSegmenter& network, const std::string& name) {
  const at::Tensor values = network.tensors().at(name).detach().contiguous();
  const float* data = values.const_data_ptr<float>();
  return {values.sizes().vec(), {data, data + values.numel()}};
}

/// Writes the model folder of `manifest` with the tensors of `network` that it names; returns the
/// manifest with their hash.
inline Manifest write_image_model(const std::filesystem::path& folder,
                                  Manifest manifest,
                                  const TorchSegmenter& network) {
  std::vector<FloatTensor> tensors;
  for (const TensorSpec& spec : tensor_specs(manifest)) {
    tensors.push_back({spec.name, spec.shape, host_tensor(network, spec.name).values});
  }
  std::filesystem::create_directories(folder);
  const auto path = folder / "model.safetensors";
  EXPECT_TRUE(write_safetensors(path, std::move(tensors), {}));
  manifest.weights_sha256 = *InputFile::open(path)->sha256();
  const auto saved = save_manifest(folder, manifest);
  EXPECT_TRUE(saved) << saved.error().what;
  return manifest;
}

/// What training a decoder, and LoRA where `wanted` has it, gives: random.
inline std::shared_ptr<NetworkOverlay> random_image_overlay(const Manifest& base,
                                                            Manifest wanted,
                                                            unsigned seed) {
  auto overlay = std::make_shared<NetworkOverlay>();
  wanted.weights_sha256 = base.weights_sha256;
  wanted.version = std::to_string(seed);
  overlay->manifest = wanted;
  overlay->adapter_hash = std::string(64, static_cast<char>('a' + seed % 6));
  const auto network = random_segmenter(wanted.segmenter, seed);
  for (const TensorSpec& spec : network->tensors().specs()) {
    if (spec.part != Part::kEncoder) {
      overlay->tensors[spec.name] = host_tensor(*network, spec.name);
    }
  }
  return overlay;
}

inline Tile random_tile(const SegmenterGeometry& geometry, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(0.0F, 255.0F);
  Tile tile{geometry.rows, geometry.columns, {}};
  tile.values.resize(static_cast<std::size_t>(geometry.rows * geometry.columns));
  for (float& value : tile.values) {
    value = uniform(generator);
  }
  return tile;
}

}  // namespace geod::models::test
