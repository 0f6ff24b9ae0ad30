#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace geod::config {

/// Where each key that was present stands, by its path.
using KeyLines = std::map<std::string, int>;

/// Reads YAML over `config`, adding every fault of form, type, unit and range. `folder` is put
/// before relative paths unless it is empty. Never throws.
void read_yaml(std::string_view yaml,
               const std::string& file_name,
               const std::filesystem::path& folder,
               Config& config,
               KeyLines& lines,
               std::vector<Fault>& faults);

}  // namespace geod::config
