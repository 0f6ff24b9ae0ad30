#include "daemon/command.hpp"

#include <cstdlib>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

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

std::string command_line_of(const CLI::App& command) {
  std::string text = "geod " + command.get_name();
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& value : option->results()) {
      text += fmt::format(
          " {}{}", option->get_name(), option->get_items_expected() == 0 ? "" : " " + value);
    }
  }
  return text;
}

}  // namespace geod
