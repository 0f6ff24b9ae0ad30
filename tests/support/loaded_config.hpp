#pragma once

#include <string>
#include <string_view>

#include "config/config.hpp"

namespace geod::test {

/// Loads YAML as geod.yaml, with no environment and no overrides.
inline config::Loaded load(std::string_view yaml) {
  config::LoadOptions options;
  options.environment.clear();
  return config::load_config_text(yaml, "geod.yaml", options);
}

/// All faults, one a line: what a failed expectation prints.
inline std::string faults_of(const config::Loaded& loaded) {
  std::string text;
  for (const config::Fault& fault : loaded.faults) {
    text += fault.to_string() + "\n";
  }
  return text;
}

}  // namespace geod::test
