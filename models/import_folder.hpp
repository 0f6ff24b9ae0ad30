#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "models/manifest.hpp"
#include "models/safetensors.hpp"

namespace geod::models {

/// kModelMismatch naming file, tensor and both shapes when they differ.
Result<void> check_imported_shape(const std::filesystem::path& file,
                                  const std::string& name,
                                  const std::vector<std::int64_t>& shape,
                                  const std::vector<std::int64_t>& needed);

/// Writes a model folder beside its final place and renames it. The folder's name is the manifest's
/// with 12 digits of the weights' SHA-256: one that is there already is the same model. Name and
/// SHA-256 of `source` go into the provenance. kIo, kStorageFull.
///
/// @return the folder, `out_directory`/NAME-HASH.
Result<std::filesystem::path> write_imported(const std::filesystem::path& out_directory,
                                             const std::filesystem::path& source,
                                             std::vector<FloatTensor> tensors,
                                             Manifest manifest);

}  // namespace geod::models
