#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "adapters/bundle_manifest.hpp"
#include "adapters/peft_config.hpp"
#include "core/error.hpp"
#include "models/manifest.hpp"
#include "models/overlay.hpp"

namespace geod::adapters {

/// An adapter bundle, read and checked: whole, unchanged, and for its base. Only its golden window
/// has not been run; Engine::prepare and opening an engine do.
struct Bundle {
  std::filesystem::path path;
  std::shared_ptr<const models::NetworkOverlay> overlay;
  std::string base_model_id;
  std::optional<PeftConfig> peft;  ///< nothing: it trains no LoRA
  std::string manifest_json;       ///< the bytes that overlay->adapter_hash is of
  std::string scores_json;
  std::uint64_t bytes = 0;  ///< of all its files

  /// "<name>-<version>".
  std::string adapter_id() const { return overlay->manifest.model_id(); }
};

/// Reads the folder of a bundle for the base whose manifest is `base`. Each file is read once, and
/// its hash is that of the bytes used: a bundle that is exchanged meanwhile is refused, as is
/// anything else that is not exactly as it was exported. Nothing is kept of a bundle that is
/// refused. Any thread.
///
/// Errors name file and reason: kNotFound for a missing folder or file; kUnsupported for links,
/// strangers in the folder, another format or a kind of adapter that geod does not compute;
/// kCorruptRecord for a damaged file; kModelMismatch for wrong hashes (also of the base), names,
/// shapes, keys or values (check_overlay); kIo.
Result<Bundle> read_bundle(const std::filesystem::path& path, const models::Manifest& base);

/// The same without a base at hand: all but what only the base can tell (its hash, its geometry,
/// which tensors it holds).
Result<Bundle> read_bundle(const std::filesystem::path& path);

}  // namespace geod::adapters
