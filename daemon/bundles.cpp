#include "daemon/bundles.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "daemon/installation.hpp"
#include "models/network_shape.hpp"

namespace geod {

std::optional<adapters::Bundle> shipped_bundle(models::Task task, const models::Manifest& base) {
  const bool is_own = base.input() == models::InputKind::kSeismograms
                          ? task == models::Task::kDpk
                          : models::is_network(base) && base.task == task;
  if (is_own) {
    return adapters::Bundle{};
  }
  const std::string name = "starter-" + std::string(models::to_string(task));
  for (const std::filesystem::path& root : model_roots()) {
    // What geod was installed with may lie behind links, as it does in the build folder.
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::canonical(root / name, error);
    if (error) {
      continue;
    }
    auto bundle = adapters::read_bundle(folder, base);
    if (bundle) {
      return std::move(*bundle);
    }
    spdlog::warn("msg=\"a shipped adapter is not used\" reason=\"{}\"", bundle.error().what);
  }
  return std::nullopt;
}

namespace {

/// The manifest of a folder that need not be there and must be of its kind.
Result<std::optional<models::Manifest>> load_optional(
    const std::optional<std::filesystem::path>& folder, models::InputKind kind, const char* key) {
  if (!folder) {
    return std::nullopt;
  }
  auto manifest = models::load_manifest(*folder);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (manifest->input() != kind) {
    return fail(Errc::kModelMismatch,
                "{}: a model for {}, {} wants one for {}",
                folder->string(),
                models::to_string(manifest->input()),
                key,
                models::to_string(kind));
  }
  return std::move(*manifest);
}

}  // namespace

Result<Bases> load_bases(const config::ModelsConfig& config) {
  Bases bases;
  const auto picker = find_model(config.picker);
  if (!picker) {
    return tl::unexpected(picker.error());
  }
  auto seismograms = models::load_manifest(*picker);
  if (!seismograms) {
    return tl::unexpected(seismograms.error());
  }
  if (seismograms->input() != models::InputKind::kSeismograms) {
    return fail(Errc::kModelMismatch,
                "{}: a model for {}; it belongs in {}, models.picker wants one that picks",
                picker->string(),
                models::to_string(seismograms->input()),
                seismograms->is_of_images() ? "models.segmenter" : "models.inverter");
  }
  bases.seismograms_folder = *picker;
  bases.seismograms = std::move(*seismograms);
  const auto segmenter = find_segmenter(config.segmenter);
  if (!segmenter) {
    return tl::unexpected(segmenter.error());
  }
  auto images = load_optional(*segmenter, models::InputKind::kImages, "models.segmenter");
  if (!images) {
    return tl::unexpected(images.error());
  }
  bases.images_folder = segmenter->value_or(std::filesystem::path());
  bases.images = std::move(*images);
  const auto inverter = find_inverter(config.inverter);
  if (!inverter) {
    return tl::unexpected(inverter.error());
  }
  auto shots = load_optional(*inverter, models::InputKind::kShots, "models.inverter");
  if (!shots) {
    return tl::unexpected(shots.error());
  }
  bases.shots_folder = inverter->value_or(std::filesystem::path());
  bases.shots = std::move(*shots);
  return bases;
}

Result<adapters::Bundle> read_bundle_for(const std::filesystem::path& path,
                                         const models::Manifest& seismograms,
                                         const std::optional<models::Manifest>& images,
                                         const std::optional<models::Manifest>& shots) {
  auto bundle = adapters::read_bundle(path);
  if (!bundle) {
    return bundle;
  }
  const models::InputKind input = bundle->overlay->manifest.input();
  if (input == models::InputKind::kSeismograms) {
    return adapters::read_bundle(path, seismograms);
  }
  const bool is_image = input == models::InputKind::kImages;
  const std::optional<models::Manifest>& base = is_image ? images : shots;
  if (!base) {
    return fail(Errc::kModelMismatch,
                "{}: a bundle for {}, and there is no model for {}; set {}",
                path.string(),
                models::to_string(input),
                models::to_string(input),
                is_image ? "models.segmenter" : "models.inverter");
  }
  return adapters::read_bundle(path, *base);
}

bool is_wanted(const config::ModelsConfig& config, models::Task task) {
  if (task == models::Task::kFwi) {
    return !config.inverter.empty();
  }
  const std::vector<std::string>& tasks =
      models::is_image_task(task) ? config.image_tasks : config.tasks;
  return task == models::Task::kDpk ||
         std::find(tasks.begin(), tasks.end(), models::to_string(task)) != tasks.end();
}

}  // namespace geod
