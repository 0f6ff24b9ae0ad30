#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/adapters_config.hpp"
#include "config/catalog_config.hpp"
#include "config/daemon_config.hpp"
#include "config/fibres_config.hpp"
#include "config/models_config.hpp"
#include "config/service_config.hpp"
#include "config/storage_config.hpp"
#include "config/streams_config.hpp"
#include "core/error.hpp"

namespace geod::config {

/// The whole configuration; the defaults in code are the reference.
struct Config {
  StreamsConfig streams;
  FibresConfig fibres;
  ModelsConfig models;
  AdaptersConfig adapters;
  CatalogConfig catalog;
  StorageConfig storage;
  ServiceConfig service;
  DaemonConfig daemon;
};

/// One fault in a configuration.
struct Fault {
  std::string source;  ///< file name, "environment" or "--set"
  int line = 0;        ///< from 1; 0 when no line applies
  std::string key;     ///< "streams.endpoints[0].mode"; empty when the whole file is meant
  std::string what;    ///< what is wrong, and the remedy

  /// "geod.yaml:12: storage.max_batch_delay: ..."
  std::string to_string() const;
};

/// Either a valid configuration (no faults) or every fault found at once.
struct Loaded {
  Config config;
  std::vector<Fault> faults;
};

using Environment = std::map<std::string, std::string>;

/// The variables of this process whose names start with GEOD_.
Environment process_environment();

struct LoadOptions {
  /// `GEOD_<SECTION>_<KEY>`, for example GEOD_STORAGE_DATABASE or
  /// GEOD_STREAMS_CONTINUITY_REORDER_HORIZON; wins over the file.
  Environment environment = process_environment();
  /// `section.key=value` from the command line; wins over the environment.
  std::vector<std::string> overrides{};
  /// Also look whether the files that are named exist and keys are protected: for the commands
  /// that will open them (run, check-config, doctor), not for queries.
  bool check_files = false;
};

/// Reads YAML, overlays the environment and the overrides, validates. Never throws. At most 1 MiB
/// of YAML; relative paths in the file are taken from its folder. An empty path stands for the
/// built-in defaults.
Loaded load_config(const std::filesystem::path& file, const LoadOptions& options = {});

/// The same for text; relative paths stay as they are.
Loaded load_config_text(std::string_view yaml,
                        const std::string& file_name,
                        const LoadOptions& options = {});

/// load_config for callers that only go on with a valid one: kConfig with one fault a line.
Result<Config> require_config(const std::filesystem::path& file, const LoadOptions& options = {});

/// The commented reference: every key with its default, unit, range and meaning; itself valid YAML
/// that loads to the defaults.
std::string reference_yaml();

/// `config` as YAML without comments; loads to the same configuration.
std::string to_yaml(const Config& config);

/// storage.database, below daemon.state_directory unless it is absolute.
std::filesystem::path database_path(const Config& config);

/// adapters.directory, below daemon.state_directory unless it is absolute.
std::filesystem::path adapters_path(const Config& config);

}  // namespace geod::config
