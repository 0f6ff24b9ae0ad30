#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "models/manifest.hpp"
#include "models/overlay.hpp"

namespace geod::adapters {

inline constexpr const char* kBundleFormat = "geod-adapter/1";

/// `manifest.json` of a bundle. docs/adapters.md, "The bundle".
struct BundleManifest {
  /// Of the resulting network; `weights_sha256` is the base's, `provenance_json` the bundle's.
  models::Manifest network;
  std::string base_model_id;                 ///< of the base, for people: its hash decides
  std::map<std::string, std::string> files;  ///< SHA-256 of the other files, by name
  models::GoldenCase golden;
  std::string scores_json = "{}";  ///< the object "scores" as text: what it reaches, on which data
};

/// kModelMismatch naming the key; kUnsupported for another format or an unknown file. Repeated and
/// unknown keys are refused.
Result<BundleManifest> parse_bundle_manifest(std::string_view text);

/// kModelMismatch when it would not be read.
Result<std::string> to_json(const BundleManifest& manifest);

}  // namespace geod::adapters
