#pragma once

#include <filesystem>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/write_bundle.hpp"
#include "models/tensor_specs.hpp"
#include "tests/support/adapter_bundles.hpp"
#include "tests/support/image_manifests.hpp"

namespace geod::adapters::test {

/// What training a decoder with LoRA of rank 2 on the small encoder leaves.
inline BundleContent image_content(models::Task task = models::Task::kSalt) {
  BundleContent content;
  content.manifest = models::test::small_segmenter(task);
  content.manifest.segmenter.lora_rank = 2;
  content.manifest.segmenter.lora_alpha = 3.0;
  content.manifest.provenance_json = R"({"data": ["made up"]})";
  content.base_model_id = "encoder-1";
  content.scores_json = R"({"miou": 0.5})";
  for (const auto& spec : models::tensor_specs(content.manifest)) {
    if (spec.part == models::Part::kLora || spec.part == models::Part::kDecoder) {
      content.tensors[spec.name] = numbered(spec);
    }
  }
  return content;
}

/// Stands in for a network: the image itself, as probability of the first class.
inline Result<std::vector<float>> image_as_probability(const models::NetworkOverlay& overlay,
                                                       const models::Tile& image) {
  const models::SegmenterGeometry& g = overlay.manifest.segmenter;
  std::vector<float> probabilities(static_cast<std::size_t>(g.classes) * image.values.size());
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    probabilities[i] = image.values[i] / 255.0F;
  }
  return probabilities;
}

inline std::filesystem::path write_image_bundle(const std::filesystem::path& parent,
                                                const BundleContent& content = image_content()) {
  const auto path = write_bundle(parent, content, GoldenImageRun(image_as_probability));
  EXPECT_TRUE(path) << path.error().what;
  return path ? *path : std::filesystem::path();
}

}  // namespace geod::adapters::test
