#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/window.hpp"
#include "models/inversion.hpp"
#include "models/manifest.hpp"
#include "models/overlay.hpp"
#include "models/segmentation.hpp"

namespace geod::adapters {

/// What a bundle is to hold.
struct BundleContent {
  /// Of the resulting network: name and version are the bundle's, weights_sha256 the base's,
  /// provenance_json the bundle's. With LoRA its rank and alpha are in the geometry; without, both
  /// are the base's.
  models::Manifest manifest;
  std::string base_model_id;
  /// All that differs from the base, by canonical name. LoRA pairs of modules without LoRA are left
  /// out. LayerNorms and positions of GPT-2 go into the adapter file when there is LoRA.
  std::map<std::string, models::HostTensor> tensors;
  std::string scores_json = "{}";
};

/// Computes the resulting network's outputs for a window before normalisation: [K, T] or [K] as
/// models::GoldenCase holds them. The engine's or the trainer's; called once.
using GoldenRun = std::function<Result<std::vector<float>>(const models::NetworkOverlay& overlay,
                                                           const Window& window)>;

/// The same for an image: class probabilities [K, rows, columns] of the resulting network.
using GoldenImageRun = std::function<Result<std::vector<float>>(
    const models::NetworkOverlay& overlay, const models::Tile& image)>;

/// The same for shots as they were recorded: the resulting network's map, normalised, [depths,
/// offsets].
using GoldenShotsRun = std::function<Result<std::vector<float>>(
    const models::NetworkOverlay& overlay, const models::Shots& shots)>;

/// Writes the bundle "<name>-<version>" into the folder `parent` (made if it is not there) and
/// returns its path: beside, every file synced, renamed. A crash or an error leaves nothing but,
/// after a crash, a folder whose name begins with a dot.
///
/// kIo when a bundle of that name is there already (give it another version) or cannot be written;
/// kStorageFull; kModelMismatch for what read_bundle would refuse; errors of `golden`.
Result<std::filesystem::path> write_bundle(const std::filesystem::path& parent,
                                           const BundleContent& content,
                                           const GoldenRun& golden);
Result<std::filesystem::path> write_bundle(const std::filesystem::path& parent,
                                           const BundleContent& content,
                                           const GoldenImageRun& golden);
Result<std::filesystem::path> write_bundle(const std::filesystem::path& parent,
                                           const BundleContent& content,
                                           const GoldenShotsRun& golden);

/// The window of the golden case: an onset in noise on all components, in counts; always the same
/// for a geometry.
Window golden_window(const models::SeisMollmGeometry& geometry);

}  // namespace geod::adapters
