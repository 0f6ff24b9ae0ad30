#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/write_bundle.hpp"
#include "models/inversion_specs.hpp"
#include "tests/support/adapter_bundles.hpp"

namespace geod::adapters::test {

/// A small InversionNet for 2 sources, 40 samples and 12 receivers.
inline models::Manifest small_inverter() {
  models::Manifest manifest;
  manifest.name = "inverter";
  manifest.version = "1";
  manifest.family = models::kInversionFamily;
  manifest.task = models::Task::kFwi;
  manifest.normalisation = models::kShotsLog;
  manifest.weights_sha256 = std::string(64, 'c');
  manifest.provenance_json = "{}";
  manifest.inversion.sources = 2;
  manifest.inversion.times = 40;
  manifest.inversion.receivers = 12;
  manifest.inversion.depths = 20;
  manifest.inversion.offsets = 24;
  manifest.inversion.width = 2;
  return manifest;
}

/// What training with `tuning` on small_inverter() leaves.
inline BundleContent inversion_content(
    models::InversionTuning tuning,
    models::BatchNormPolicy policy = models::BatchNormPolicy::kFrozen) {
  BundleContent content;
  content.manifest = small_inverter();
  content.manifest.name = "geology";
  content.manifest.version = "2";
  content.manifest.inversion.tuning = tuning;
  content.manifest.inversion.bn_policy = policy;
  content.manifest.inversion.lora_rank = 2;
  content.manifest.inversion.lora_alpha = 6.0;
  content.manifest.inversion.bottleneck = 3;
  content.manifest.provenance_json = R"({"data": ["made up"]})";
  content.base_model_id = "inverter-1";
  for (const auto& spec : models::inversion_specs(content.manifest.inversion)) {
    if (models::is_laid_on(spec, content.manifest.inversion)) {
      content.tensors[spec.name] = numbered(spec);
    }
  }
  return content;
}

/// Stands in for a network: the first shot's first amplitudes as the map.
inline Result<std::vector<float>> shots_as_map(const models::NetworkOverlay& overlay,
                                               const models::Shots& shots) {
  const models::InversionGeometry& g = overlay.manifest.inversion;
  const auto area = static_cast<std::ptrdiff_t>(g.depths * g.offsets);
  return std::vector<float>(shots.amplitudes.begin(), shots.amplitudes.begin() + area);
}

inline std::filesystem::path write_inversion_bundle(const std::filesystem::path& parent,
                                                    const BundleContent& content) {
  const auto path = write_bundle(parent, content, GoldenShotsRun(shots_as_map));
  EXPECT_TRUE(path) << path.error().what;
  return path ? *path : std::filesystem::path();
}

}  // namespace geod::adapters::test
