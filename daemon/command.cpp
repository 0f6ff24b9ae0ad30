#include "daemon/command.hpp"

#include <cstdlib>
#include <system_error>

#include <CLI/CLI.hpp>

namespace geod {

void add_config_option(CLI::App& command, CommandContext& context) {
  command
      .add_option("--config",
                  context.config_file,
                  "Configuration file (default: $GEOD_CONFIG, else /etc/geod/geod.yaml)")
      ->type_name("FILE");
}

std::filesystem::path config_file_of(const CommandContext& context) {
  if (!context.config_file.empty()) {
    return context.config_file;
  }
  if (const char* file = std::getenv("GEOD_CONFIG")) {
    return file;
  }
  const std::filesystem::path system_file = "/etc/geod/geod.yaml";
  std::error_code error;
  return std::filesystem::exists(system_file, error) ? system_file : std::filesystem::path{};
}

}  // namespace geod
