#pragma once

#include <optional>

#include "adapters/bundle.hpp"
#include "config/models_config.hpp"
#include "models/manifest.hpp"

namespace geod {

/// What geod ships for a task: for dpk, and the task that a base for images was trained on, a
/// bundle without an overlay, as the base does it by itself; for the other tasks the bundle
/// `starter-<task>` among the installed models, when it is for `base`. Nothing when there is none.
std::optional<adapters::Bundle> shipped_bundle(models::Task task, const models::Manifest& base);

/// Whether `models.tasks` or `models.image_tasks` wants the task; dpk always is.
bool is_wanted(const config::ModelsConfig& config, models::Task task);

}  // namespace geod
