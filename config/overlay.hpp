#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace geod::config {

/// "GEOD_STORAGE_DATABASE" for "storage.database".
std::string environment_name(const std::string& key_path);

/// Sets single values from GEOD_* variables. A variable that begins like a section but names no
/// key is a fault; other GEOD_* variables are not ours.
void apply_environment(const Environment& environment, Config& config, std::vector<Fault>& faults);

/// Sets single values from `section.key=value`.
void apply_overrides(const std::vector<std::string>& overrides,
                     Config& config,
                     std::vector<Fault>& faults);

}  // namespace geod::config
