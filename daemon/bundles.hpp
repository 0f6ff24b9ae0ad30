#pragma once

#include <filesystem>
#include <optional>

#include "adapters/bundle.hpp"
#include "config/models_config.hpp"
#include "core/error.hpp"
#include "models/manifest.hpp"

namespace geod {

/// What geod ships for a task: for dpk, for fwi, and the task that a base for images was trained
/// on, a bundle without an overlay, as the base does it by itself; for the other tasks the bundle
/// `starter-<task>` among the installed models, when it is for `base`. Nothing when there is none.
std::optional<adapters::Bundle> shipped_bundle(models::Task task, const models::Manifest& base);

/// The base models of a configuration.
struct Bases {
  std::filesystem::path seismograms_folder;
  models::Manifest seismograms;
  std::filesystem::path images_folder;  ///< empty where there is no model for images
  std::optional<models::Manifest> images;
  std::filesystem::path shots_folder;  ///< empty where there is no model for inversion
  std::optional<models::Manifest> shots;
};
/// Manifests of the configured base models, or of those that geod ships. kNotFound;
/// kModelMismatch when one is for the other kind of data.
Result<Bases> load_bases(const config::ModelsConfig& config);

/// adapters::read_bundle for the base of the bundle's kind. kModelMismatch for a bundle for images
/// or shots without a base for them.
Result<adapters::Bundle> read_bundle_for(const std::filesystem::path& path,
                                         const models::Manifest& seismograms,
                                         const std::optional<models::Manifest>& images,
                                         const std::optional<models::Manifest>& shots);

/// Whether `models.tasks` or `models.image_tasks` wants the task; dpk always is, fwi where
/// models.inverter is set.
bool is_wanted(const config::ModelsConfig& config, models::Task task);

}  // namespace geod
