#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/error.hpp"
#include "models/manifest.hpp"

namespace geod::trainer {

/// kIo when `directory` exists and is not an empty folder: a model is never overwritten.
Result<void> check_model_target(const std::filesystem::path& directory);

/// Writes a model folder whole: weights (by `write_weights`, given the path) and manifest go into
/// `<directory>.partial`, are synced, and the folder is renamed. The manifest's weights_sha256 is
/// filled in.
Result<void> export_model(
    const std::filesystem::path& directory,
    models::Manifest manifest,
    const std::function<Result<void>(const std::filesystem::path&)>& write_weights);

}  // namespace geod::trainer
