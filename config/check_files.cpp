#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

#include "config/validate.hpp"

namespace geod::config {
namespace {

namespace fs = std::filesystem;

/// What keeps `path` from being opened for reading as a regular file; empty when nothing does.
std::string why_unreadable(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    return fmt::format("'{}' does not exist", path.string());
  }
  if (!fs::is_regular_file(status)) {
    return fmt::format("'{}' is not a file", path.string());
  }
  if (!std::ifstream(path)) {
    return fmt::format("'{}' cannot be read by this user", path.string());
  }
  return {};
}

/// systemd hands credentials over in a folder of the service's own, where it gives read access
/// through an access list that shows as group permission.
bool is_systemd_credential(const fs::path& path) {
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder != nullptr && path.parent_path() == fs::path(folder);
}

void check_secret_key(const CurveConfig& curve, std::vector<Fault>& faults) {
  const std::string key = "streams.curve.secret_key_file";
  if (const std::string why = why_unreadable(curve.secret_key_file); !why.empty()) {
    faults.push_back({"", 0, key, why + "; create it with `geod keygen FILE`"});
    return;
  }
  std::error_code error;
  const fs::perms mode = fs::status(curve.secret_key_file, error).permissions();
  const fs::perms forbidden =
      is_systemd_credential(curve.secret_key_file)
          ? fs::perms::others_all | fs::perms::group_write | fs::perms::group_exec
          : fs::perms::others_all | fs::perms::group_all;
  if (error || (mode & forbidden) != fs::perms::none) {
    faults.push_back({"",
                      0,
                      key,
                      fmt::format("'{}' is open to other users (mode {:04o}); run chmod 0600 {}",
                                  curve.secret_key_file,
                                  static_cast<unsigned>(mode & fs::perms::mask),
                                  curve.secret_key_file)});
  }
}

}  // namespace

std::vector<Fault> check_files(const Config& config) {
  std::vector<Fault> faults;
  const CurveConfig& curve = config.streams.curve;
  if (!curve.secret_key_file.empty()) {
    check_secret_key(curve, faults);
  }
  if (!curve.allow_list_file.empty()) {
    if (const std::string why = why_unreadable(curve.allow_list_file); !why.empty()) {
      faults.push_back(
          {"", 0, "streams.curve.allow_list_file", why + "; create it or remove the key"});
    }
  }
  std::error_code error;
  for (std::size_t i = 0; i < config.streams.files.size(); ++i) {
    for (const std::string& path : config.streams.files[i].paths) {
      if (!fs::exists(path, error)) {
        faults.push_back({"",
                          0,
                          fmt::format("streams.files[{}].paths", i),
                          fmt::format("'{}' does not exist; correct or remove it", path)});
      }
    }
  }
  const auto check_file = [&](std::string key, const std::string& file) {
    if (const std::string why = why_unreadable(file); !file.empty() && !why.empty()) {
      faults.push_back({"", 0, std::move(key), why + "; correct the path"});
    }
  };
  for (const std::string& file : config.catalog.inventory) {
    check_file("catalog.inventory", file);
  }
  check_file("catalog.velocity_file", config.catalog.velocity_file);
  for (const auto& [fibre_id, fibre] : config.catalog.fibres) {
    check_file(fmt::format("catalog.fibres.{}.positions", fibre_id), fibre.positions);
  }
  const auto check_model = [&](const char* key, const std::string& folder) {
    if (!folder.empty() && !fs::is_directory(folder, error)) {
      faults.push_back({"",
                        0,
                        key,
                        fmt::format("'{}' is not a folder; write the folder that holds "
                                    "manifest.json and model.safetensors",
                                    folder)});
    }
  };
  check_model("models.picker", config.models.picker);
  check_model("models.segmenter", config.models.segmenter);
  check_model("models.inverter", config.models.inverter);
  return faults;
}

}  // namespace geod::config
