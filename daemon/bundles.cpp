#include "daemon/bundles.hpp"

#include <algorithm>
#include <string>

#include "core/log.hpp"
#include "daemon/installation.hpp"

namespace geod {

std::optional<adapters::Bundle> shipped_bundle(models::Task task, const models::Manifest& base) {
  if (task == models::Task::kDpk) {
    return adapters::Bundle{};
  }
  const std::string name = "starter-" + std::string(models::to_string(task));
  for (const std::filesystem::path& root : model_roots()) {
    auto bundle = adapters::read_bundle(root / name, base);
    if (bundle) {
      return std::move(*bundle);
    }
    if (bundle.error().code != Errc::kNotFound) {
      spdlog::warn("msg=\"a shipped adapter is not used\" reason=\"{}\"", bundle.error().what);
    }
  }
  return std::nullopt;
}

bool is_wanted(const config::ModelsConfig& config, models::Task task) {
  return task == models::Task::kDpk ||
         std::find(config.tasks.begin(), config.tasks.end(), models::to_string(task)) !=
             config.tasks.end();
}

}  // namespace geod
