#pragma once

#include <filesystem>

#include "config/models_config.hpp"
#include "models/engine.hpp"

namespace geod {

/// What the configuration asks of the engine, for the model in `directory`.
models::EngineOptions engine_options(const config::ModelsConfig& config,
                                     std::filesystem::path directory);

/// The same for images and fibres.
models::EngineOptions segmenter_options(const config::ModelsConfig& config,
                                        std::filesystem::path directory);

}  // namespace geod
