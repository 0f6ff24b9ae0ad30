#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace geod {

/// Folder of the running executable, symbolic links resolved.
std::filesystem::path executable_directory();

/// The model folder a configuration means: `configured` itself when it names one, else the starter
/// model, `../share/geod/models/starter` beside the executable or under $GEOD_MODELS. kNotFound
/// with the places looked at.
Result<std::filesystem::path> find_model(const std::string& configured);

/// The same for images: `configured`, else the starter for fibres where it is installed. Nothing:
/// geod looks at no fibre and no image. kNotFound when `configured` is no model folder.
Result<std::optional<std::filesystem::path>> find_segmenter(const std::string& configured);

/// The same for inversion: `configured`; nothing when it is empty. kNotFound when it is no model
/// folder.
Result<std::optional<std::filesystem::path>> find_inverter(const std::string& configured);

/// Folders that hold installed models: $GEOD_MODELS, then `../share/geod/models` beside the
/// executable.
std::vector<std::filesystem::path> model_roots();

}  // namespace geod
