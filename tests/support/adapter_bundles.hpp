#pragma once

#include <cmath>
#include <filesystem>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "adapters/write_bundle.hpp"
#include "models/tensor_specs.hpp"

namespace geod::adapters::test {

/// The manifest of a small base without LoRA; reading a bundle needs no weights of it.
inline models::Manifest small_base() {
  models::Manifest base;
  base.name = "base";
  base.version = "1";
  base.geometry = *models::named_geometry("starter");
  base.geometry.window_samples = 1024;
  base.geometry.embed_channels = {4, 4, 4, 8};
  base.geometry.blocks = 2;
  base.geometry.head_channels = {8, 8, 8};
  base.picks.hop_samples = 256;
  base.weights_sha256 = std::string(64, 'b');
  return base;
}

/// Values that are different for every tensor and place.
inline models::HostTensor numbered(const models::TensorSpec& spec) {
  models::HostTensor tensor{spec.shape, {}};
  const auto start = static_cast<double>(std::hash<std::string>{}(spec.name) % 1000);
  for (std::int64_t i = 0; i < spec.elements(); ++i) {
    tensor.values.push_back(static_cast<float>(std::sin(start + static_cast<double>(i))));
  }
  return tensor;
}

/// What LoRA training of rank 2 changes in a network of `task`: LoRA, norms, positions, embedder
/// and head.
inline BundleContent small_content(models::Task task = models::Task::kDpk) {
  BundleContent content;
  content.manifest = small_base();
  content.manifest.name = "valley";
  content.manifest.version = "3";
  content.manifest.task = task;
  content.manifest.geometry.lora_rank = 2;
  content.manifest.geometry.lora_alpha = 3.0;
  content.manifest.provenance_json = R"({"data": ["made up"]})";
  content.base_model_id = "base-1";
  content.scores_json = R"({"p_f1": 0.5})";
  for (const auto& spec : models::tensor_specs(content.manifest.geometry, task)) {
    if (spec.is_trainable || spec.is_buffer) {
      content.tensors[spec.name] = numbered(spec);
    }
  }
  return content;
}

/// Stands in for a network: zeros.
inline Result<std::vector<float>> golden_zeros(const models::NetworkOverlay& overlay,
                                               const Window&) {
  const auto output = models::output_shape(overlay.manifest.geometry, overlay.manifest.task);
  return std::vector<float>(output.classes * output.samples, 0.0F);
}

inline std::filesystem::path write_small_bundle(const std::filesystem::path& parent,
                                                const BundleContent& content = small_content()) {
  const auto path = write_bundle(parent, content, golden_zeros);
  EXPECT_TRUE(path) << path.error().what;
  return path ? *path : std::filesystem::path();
}

}  // namespace geod::adapters::test
