#include "adapters/write_bundle.hpp"

#include <cmath>
#include <span>

#include "adapters/bundle_folder.hpp"
#include "adapters/bundle_manifest.hpp"
#include "adapters/bundle_parts.hpp"
#include "adapters/new_folder.hpp"
#include "adapters/peft_config.hpp"
#include "models/golden_image.hpp"
#include "models/safetensors.hpp"
#include "models/sha256.hpp"

namespace geod::adapters {
namespace {

const std::map<std::string, std::string> kMetadata{{"format", "pt"}};  // transformers wants it

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string hash_of(std::span<const std::byte> bytes) {
  models::Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

/// Writes the files and notes their hashes.
class BundleWriter {
 public:
  BundleWriter(NewFolder& folder, BundleManifest& manifest)
      : folder_(folder), manifest_(manifest) {}

  Result<void> write(const char* file, std::span<const std::byte> bytes) {
    manifest_.files[file] = hash_of(bytes);
    return folder_.write(file, bytes);
  }

  Result<void> write(const BundleParts& parts) {
    Result<void> ok;
    if (parts.config) {
      ok = write(kConfigFile, bytes_of(to_json(*parts.config)));
      if (ok) {
        ok = write(kAdapterFile, models::safetensors_bytes(parts.adapter, kMetadata));
      }
    }
    if (ok && !parts.head.empty()) {
      ok = write(kHeadFile, models::safetensors_bytes(parts.head, kMetadata));
    }
    return ok;
  }

 private:
  NewFolder& folder_;
  BundleManifest& manifest_;
};

/// Runs the golden case of an overlay.
using GoldenMaker = std::function<Result<models::GoldenCase>(const models::NetworkOverlay&)>;

Result<std::filesystem::path> write(const std::filesystem::path& parent,
                                    const BundleContent& content,
                                    const GoldenMaker& make_golden) {
  const std::filesystem::path path = parent / content.manifest.model_id();
  if (const auto valid = models::manifest_to_json(content.manifest); !valid) {
    return fail_with(valid.error(), path.string());  // name and version are part of the path
  }
  const auto parts = split(content);
  if (!parts) {
    return fail_with(parts.error(), path.string());
  }
  auto golden = make_golden(overlay_of(content));
  if (!golden) {
    return fail_with(golden.error(), path.string());
  }
  BundleManifest manifest{.network = content.manifest,
                          .base_model_id = content.base_model_id,
                          .files = {},
                          .golden = std::move(*golden),
                          .scores_json = content.scores_json};
  auto folder = NewFolder::begin(path);
  if (!folder) {
    return tl::unexpected(folder.error());
  }
  if (auto ok = BundleWriter(*folder, manifest).write(*parts); !ok) {
    return tl::unexpected(ok.error());
  }
  const auto text = to_json(manifest);
  if (!text) {
    return fail_with(text.error(), path.string());
  }
  if (auto ok = folder->write(kManifestFile, bytes_of(*text)); !ok) {
    return tl::unexpected(ok.error());
  }
  if (auto ok = folder->finish(); !ok) {
    return tl::unexpected(ok.error());
  }
  return path;
}

}  // namespace

Result<std::filesystem::path> write_bundle(const std::filesystem::path& parent,
                                           const BundleContent& content,
                                           const GoldenRun& golden) {
  GEOD_CHECK(content.manifest.input() == models::InputKind::kSeismograms,
             "a window for a network of something else");
  return write(parent, content, [&](const auto& overlay) -> Result<models::GoldenCase> {
    const Window window = golden_window(content.manifest.geometry);
    auto output = golden(overlay, window);
    if (!output) {
      return tl::unexpected(output.error());
    }
    return models::GoldenCase{window.data, std::move(*output)};
  });
}

Result<std::filesystem::path> write_bundle(const std::filesystem::path& parent,
                                           const BundleContent& content,
                                           const GoldenImageRun& golden) {
  GEOD_CHECK(content.manifest.is_of_images(), "an image for a network of something else");
  return write(parent, content, [&](const auto& overlay) -> Result<models::GoldenCase> {
    const models::SegmenterGeometry& geometry = content.manifest.segmenter;
    const auto probabilities =
        golden(overlay, models::golden_image(geometry.rows, geometry.columns));
    if (!probabilities) {
      return tl::unexpected(probabilities.error());
    }
    return models::GoldenCase{
        {}, models::golden_grid(*probabilities, geometry.classes, geometry.rows, geometry.columns)};
  });
}

Result<std::filesystem::path> write_bundle(const std::filesystem::path& parent,
                                           const BundleContent& content,
                                           const GoldenShotsRun& golden) {
  GEOD_CHECK(content.manifest.input() == models::InputKind::kShots,
             "shots for a network of something else");
  return write(parent, content, [&](const auto& overlay) -> Result<models::GoldenCase> {
    const models::InversionGeometry& geometry = content.manifest.inversion;
    const auto map = golden(overlay, models::golden_shots(geometry));
    if (!map) {
      return tl::unexpected(map.error());
    }
    return models::GoldenCase{{}, models::golden_grid(*map, 1, geometry.depths, geometry.offsets)};
  });
}

Window golden_window(const models::SeisMollmGeometry& geometry) {
  constexpr double kNoiseCounts = 100.0;
  constexpr double kOnsetCounts = 3000.0;
  constexpr double kOnsetPlace = 0.3;  // share of the window
  constexpr double kPeriodS = 0.2;
  constexpr double kDecayS = 3.0;
  Window window;
  window.rate = geometry.sampling_rate;
  window.samples = geometry.window_samples;
  window.subsource = {'Z', 'N', 'E'};
  window.data.reserve(kComponents * static_cast<std::size_t>(window.samples));
  std::uint64_t state = 1;
  for (std::size_t c = 0; c < kComponents; ++c) {
    for (std::int64_t n = 0; n < window.samples; ++n) {
      // A linear congruential generator (Knuth's constants): the same on every machine.
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      double value = kNoiseCounts * (static_cast<double>(state >> 11) * 0x1p-52 - 1.0);
      const double t_s =
          (static_cast<double>(n) - kOnsetPlace * static_cast<double>(window.samples)) /
          geometry.sampling_rate.hz();
      if (t_s >= 0.0) {
        value += kOnsetCounts / static_cast<double>(c + 1) * std::exp(-t_s / kDecayS) *
                 std::sin(2.0 * M_PI * t_s / kPeriodS);
      }
      window.data.push_back(static_cast<float>(value));
    }
  }
  return window;
}

}  // namespace geod::adapters
