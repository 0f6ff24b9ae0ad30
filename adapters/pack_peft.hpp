#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "adapters/write_bundle.hpp"
#include "core/error.hpp"
#include "models/manifest.hpp"

namespace geod::adapters {

/// What makes a bundle out of an adapter that was trained in Python.
struct PackRequest {
  std::filesystem::path peft;  ///< folder that peft's save_pretrained wrote
  /// Tensors outside the trunk's adapter by canonical name (embedder, head), safetensors; counters
  /// of batches are skipped. Nothing: the base's own.
  std::optional<std::filesystem::path> head;
  /// A bundle of the same base and task whose head file and settings are taken instead.
  std::optional<std::filesystem::path> head_bundle;
  /// Image tasks: JSON with "geometry" (keys that differ from the base's: decoder, classes, rows,
  /// columns ...) and "segments", as in a manifest. Needed over an encoder alone unless a bundle
  /// gives the head.
  std::optional<std::filesystem::path> settings;
  models::Manifest base;
  models::Task task = models::Task::kDpk;
  std::string name;
  std::string version;
};

/// Reads and checks all of it for write_bundle. kNotFound; kUnsupported for an adapter that geod
/// does not compute, also one saved as a pickle (.bin); kModelMismatch naming file and tensor, also
/// when base and adapter do not give one whole network; kCorruptRecord.
Result<BundleContent> pack_peft(const PackRequest& request);

}  // namespace geod::adapters
