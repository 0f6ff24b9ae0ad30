#include "daemon/installation.hpp"

#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

namespace geod {

namespace fs = std::filesystem;

fs::path executable_directory() {
  std::error_code error;
  const fs::path executable = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::current_path(error) : executable.parent_path();
}

std::vector<fs::path> model_roots() {
  std::vector<fs::path> roots;
  if (const char* models = std::getenv("GEOD_MODELS")) {
    roots.emplace_back(models);
  }
  roots.push_back(executable_directory() / ".." / "share" / "geod" / "models");
  return roots;
}

Result<std::optional<fs::path>> find_segmenter(const std::string& configured) {
  std::error_code error;
  if (!configured.empty()) {
    if (!fs::exists(fs::path(configured) / "manifest.json", error)) {
      return fail(Errc::kNotFound,
                  "no model folder (manifest.json) at {}; set models.segmenter to a folder made by "
                  "`geod train` or `geod import dinov2`, or leave it empty",
                  configured);
    }
    return fs::path(configured).lexically_normal();
  }
  for (const fs::path& root : model_roots()) {
    if (fs::exists(root / "starter-das" / "manifest.json", error)) {
      return (root / "starter-das").lexically_normal();
    }
  }
  return std::nullopt;
}

Result<std::optional<fs::path>> find_inverter(const std::string& configured) {
  std::error_code error;
  if (configured.empty()) {
    return std::nullopt;
  }
  if (!fs::exists(fs::path(configured) / "manifest.json", error)) {
    return fail(Errc::kNotFound,
                "no model folder (manifest.json) at {}; name a folder made by `geod train --task "
                "fwi` or `geod import inversionnet`",
                configured);
  }
  return fs::path(configured).lexically_normal();
}

Result<fs::path> find_model(const std::string& configured) {
  std::vector<fs::path> places;
  if (!configured.empty()) {
    places.emplace_back(configured);
  } else {
    for (const fs::path& root : model_roots()) {
      places.push_back(root / "starter");
    }
  }
  std::string looked_at;
  for (const fs::path& place : places) {
    std::error_code error;
    if (fs::exists(place / "manifest.json", error)) {
      return place.lexically_normal();
    }
    looked_at += (looked_at.empty() ? "" : ", ") + place.lexically_normal().string();
  }
  return fail(Errc::kNotFound,
              "no model folder (manifest.json) at {}; set models.picker to a folder made by `geod "
              "train` or `geod import`",
              looked_at);
}

}  // namespace geod
