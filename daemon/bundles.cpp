#include "daemon/bundles.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

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

bool is_wanted(const config::ModelsConfig& config, models::Task task) {
  const std::vector<std::string>& tasks =
      models::is_image_task(task) ? config.image_tasks : config.tasks;
  return task == models::Task::kDpk ||
         std::find(tasks.begin(), tasks.end(), models::to_string(task)) != tasks.end();
}

}  // namespace geod
