#include "config/config.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "config/overlay.hpp"
#include "config/quantity.hpp"
#include "config/read_yaml.hpp"
#include "config/validate.hpp"

namespace geod::config {
namespace {

namespace fs = std::filesystem;

/// A configuration of ten thousand stations has half of this.
constexpr std::size_t kMaxFileBytes = 1ULL << 20;

Result<std::string> read_file(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error)) {
    return fail(Errc::kIo, "is a folder; name the YAML file in it");
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    return fail(Errc::kIo,
                "cannot be opened: {}; name an existing file with --config, or write one with "
                "`geod print-config`",
                std::strerror(errno));
  }
  std::string text(kMaxFileBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) {
    return fail(Errc::kIo, "cannot be read: {}", std::strerror(errno));
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kMaxFileBytes) {
    return fail(Errc::kConfig,
                "is larger than {}; this is not a configuration of geod",
                format_bytes(kMaxFileBytes));
  }
  return text;
}

/// The line of `key`, or of the nearest mapping around it that the file has.
int line_of(std::string key, const KeyLines& lines) {
  while (!key.empty()) {
    if (const auto found = lines.find(key); found != lines.end()) {
      return found->second;
    }
    const auto end = key.find_last_of(".[");
    key.resize(end == std::string::npos ? 0 : end);
  }
  return 0;
}

/// Where a value that `validate` objects to came from: the last layer that set it.
void locate(Fault& fault,
            const std::string& file_name,
            const KeyLines& lines,
            const LoadOptions& options) {
  for (const std::string& each : options.overrides) {
    if (each.starts_with(fault.key + "=")) {
      fault.source = "--set";
      return;
    }
  }
  if (options.environment.contains(environment_name(fault.key))) {
    fault.source = "environment";
    return;
  }
  fault.source = file_name;
  fault.line = line_of(fault.key, lines);
}

Loaded load(std::string_view yaml,
            const std::string& file_name,
            const fs::path& folder,
            const LoadOptions& options) {
  Loaded loaded;
  KeyLines lines;
  read_yaml(yaml, file_name, folder, loaded.config, lines, loaded.faults);
  apply_environment(options.environment, loaded.config, loaded.faults);
  apply_overrides(options.overrides, loaded.config, loaded.faults);
  std::vector<Fault> found = validate(loaded.config);
  if (options.check_files) {
    const std::vector<Fault> missing = check_files(loaded.config);
    found.insert(found.end(), missing.begin(), missing.end());
  }
  for (Fault& fault : found) {
    locate(fault, file_name, lines, options);
    // A value that could not be read was reported already; what stands in its place is the default.
    const bool known =
        std::any_of(loaded.faults.begin(), loaded.faults.end(), [&fault](const Fault& earlier) {
          return earlier.key == fault.key;
        });
    if (!known) {
      loaded.faults.push_back(std::move(fault));
    }
  }
  std::stable_sort(loaded.faults.begin(), loaded.faults.end(), [](const auto& a, const auto& b) {
    return a.line < b.line;
  });
  return loaded;
}

}  // namespace

std::string Fault::to_string() const {
  const std::string place = line > 0 ? fmt::format("{}:{}", source, line) : source;
  return key.empty() ? fmt::format("{}: {}", place, what)
                     : fmt::format("{}: {}: {}", place, key, what);
}

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (text.starts_with("GEOD_") && equals != std::string_view::npos) {
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return environment;
}

Loaded load_config(const fs::path& file, const LoadOptions& options) {
  if (file.empty()) {
    return load("", "built-in defaults", {}, options);
  }
  const auto text = read_file(file);
  if (!text) {
    Loaded loaded;
    loaded.faults.push_back({file.string(), 0, "", text.error().what});
    return loaded;
  }
  std::error_code error;
  fs::path folder = fs::absolute(file, error).parent_path();
  return load(*text, file.string(), error ? fs::path{} : folder, options);
}

Loaded load_config_text(std::string_view yaml,
                        const std::string& file_name,
                        const LoadOptions& options) {
  return load(yaml, file_name, {}, options);
}

Result<Config> require_config(const fs::path& file, const LoadOptions& options) {
  Loaded loaded = load_config(file, options);
  if (loaded.faults.empty()) {
    return std::move(loaded.config);
  }
  std::string text;
  for (const Fault& fault : loaded.faults) {
    text += (text.empty() ? "" : "\n") + fault.to_string();
  }
  return fail(Errc::kConfig, "{}", text);
}

fs::path database_path(const Config& config) {
  return fs::path(config.daemon.state_directory) / config.storage.database;
}

fs::path adapters_path(const Config& config) {
  return fs::path(config.daemon.state_directory) / config.adapters.directory;
}

}  // namespace geod::config
