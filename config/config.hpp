#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/daemon_config.hpp"
#include "config/models_config.hpp"
#include "config/storage_config.hpp"
#include "config/streams_config.hpp"
#include "core/error.hpp"

namespace geod::config {

/// The whole configuration; the defaults in code are the reference.
struct Config {
  StreamsConfig streams;
  ModelsConfig models;
  StorageConfig storage;
  DaemonConfig daemon;
};

/// One fault in a configuration file.
struct Fault {
  std::string file;
  int line = 0;  ///< from 1; 0 when no line applies
  std::string key;
  std::string what;

  std::string to_string() const;
};

/// Either a valid configuration (no faults) or every fault found at once.
struct Loaded {
  Config config;
  std::vector<Fault> faults;
};

/// Reads YAML, overlays GEOD_* environment variables, validates. Never throws.
Loaded load_config(const std::filesystem::path& file);
Loaded load_config_text(std::string_view yaml, const std::string& file_name);

/// The commented reference: every key with its default, unit, range and meaning; itself valid YAML
/// that loads to the defaults.
std::string reference_yaml();

}  // namespace geod::config
