#include "daemon/bundles.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "daemon/installation.hpp"

namespace geod {

std::optional<adapters::Bundle> shipped_bundle(models::Task task, const models::Manifest& base) {
  const bool is_own = base.is_of_images()
                          ? base.family == models::kSegmenterFamily && base.task == task
                          : task == models::Task::kDpk;
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
  if (seismograms->is_of_images()) {
    return fail(Errc::kModelMismatch,
                "{}: a model for images; it belongs in models.segmenter, models.picker wants one "
                "that picks",
                picker->string());
  }
  bases.seismograms_folder = *picker;
  bases.seismograms = std::move(*seismograms);
  const auto segmenter = find_segmenter(config.segmenter);
  if (!segmenter) {
    return tl::unexpected(segmenter.error());
  }
  if (!*segmenter) {
    return bases;
  }
  auto images = models::load_manifest(**segmenter);
  if (!images) {
    return tl::unexpected(images.error());
  }
  if (!images->is_of_images()) {
    return fail(Errc::kModelMismatch,
                "{}: a model for seismograms; it belongs in models.picker, models.segmenter wants "
                "one for images",
                (*segmenter)->string());
  }
  bases.images_folder = **segmenter;
  bases.images = std::move(*images);
  return bases;
}

Result<adapters::Bundle> read_bundle_for(const std::filesystem::path& path,
                                         const models::Manifest& seismograms,
                                         const std::optional<models::Manifest>& images) {
  auto bundle = adapters::read_bundle(path);
  if (!bundle || !bundle->overlay->manifest.is_of_images()) {
    return bundle ? adapters::read_bundle(path, seismograms) : std::move(bundle);
  }
  if (!images) {
    return fail(Errc::kModelMismatch,
                "{}: a bundle for images, and there is no model for images; set models.segmenter",
                path.string());
  }
  return adapters::read_bundle(path, *images);
}

bool is_wanted(const config::ModelsConfig& config, models::Task task) {
  const std::vector<std::string>& tasks =
      models::is_image_task(task) ? config.image_tasks : config.tasks;
  return task == models::Task::kDpk ||
         std::find(tasks.begin(), tasks.end(), models::to_string(task)) != tasks.end();
}

}  // namespace geod
