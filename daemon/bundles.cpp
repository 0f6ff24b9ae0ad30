#include "daemon/bundles.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include "core/log.hpp"
#include "daemon/installation.hpp"

namespace geod {

std::optional<adapters::Bundle> shipped_bundle(models::Task task, const models::Manifest& base) {
  if (task == models::Task::kDpk) {
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
  return task == models::Task::kDpk ||
         std::find(config.tasks.begin(), config.tasks.end(), models::to_string(task)) !=
             config.tasks.end();
}

}  // namespace geod
