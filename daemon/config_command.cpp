#include "daemon/config_command.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/config.hpp"

namespace geod {
namespace {

struct CheckOptions {
  std::filesystem::path file;
  std::vector<std::string> overrides;
  bool json = false;
};

struct PrintOptions {
  std::vector<std::string> overrides;
  bool effective = false;
};

constexpr const char* kSetHelp =
    "One key, e.g. --set daemon.log_level=debug; wins over file and environment";

std::string fault_json(const std::filesystem::path& file,
                       const std::vector<config::Fault>& faults) {
  nlohmann::json list = nlohmann::json::array();
  for (const config::Fault& fault : faults) {
    list.push_back(
        {{"source", fault.source}, {"line", fault.line}, {"key", fault.key}, {"what", fault.what}});
  }
  const nlohmann::json whole{
      {"file", file.string()}, {"valid", faults.empty()}, {"faults", std::move(list)}};
  // Damaged files can put any bytes into a message.
  return whole.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

void print_faults(const std::vector<config::Fault>& faults) {
  for (const config::Fault& fault : faults) {
    fmt::print(stderr, "{}\n", fault.to_string());
  }
}

int check(const std::filesystem::path& file, const CheckOptions& options) {
  config::LoadOptions load;
  load.overrides = options.overrides;
  load.check_files = true;
  const config::Loaded loaded = config::load_config(file, load);
  if (options.json) {
    fmt::print("{}\n", fault_json(file, loaded.faults));
  } else if (loaded.faults.empty()) {
    fmt::print("{}: no faults\n", file.empty() ? "built-in defaults" : file.string());
  } else {
    print_faults(loaded.faults);
  }
  return loaded.faults.empty() ? kExitOk : kExitConfig;
}

int print(const std::filesystem::path& file, const PrintOptions& options) {
  if (!options.effective) {
    fmt::print("{}", config::reference_yaml());
    return kExitOk;
  }
  config::LoadOptions load;
  load.overrides = options.overrides;
  const config::Loaded loaded = config::load_config(file, load);
  if (!loaded.faults.empty()) {
    print_faults(loaded.faults);
    return kExitConfig;
  }
  fmt::print("{}", config::to_yaml(loaded.config));
  return kExitOk;
}

}  // namespace

void add_check_config_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      app.add_subcommand("check-config", "Report every fault of a configuration file");
  add_config_option(*command, context);
  command->add_option("file", options->file, "The file, as --config")->type_name("FILE");
  command->add_option("--set", options->overrides, kSetHelp)->type_name("KEY=VALUE");
  command->add_flag("--json", options->json, "One JSON object: file, valid, faults");
  command->footer(
      "Examples:\n"
      "  geod check-config /etc/geod/geod.yaml\n"
      "  geod check-config --json --config geod.yaml\n"
      "Exit codes: 0 no faults, 78 faults.");
  command->callback([options, &context] {
    context.exit_code =
        check(options->file.empty() ? config_file_of(context) : options->file, *options);
  });
}

void add_print_config_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<PrintOptions>();
  CLI::App* command = app.add_subcommand(
      "print-config", "Print the commented reference of the configuration, or what is in force");
  add_config_option(*command, context);
  CLI::Option* effective =
      command->add_flag("--effective",
                        options->effective,
                        "Print what is in force: defaults, file, environment and --set together");
  command->add_option("--set", options->overrides, kSetHelp)
      ->type_name("KEY=VALUE")
      ->needs(effective);
  command->footer(
      "Examples:\n"
      "  geod print-config > geod.yaml\n"
      "  geod print-config --effective --config geod.yaml\n"
      "Exit codes: 0 printed, 78 faults in the configuration.");
  command->callback(
      [options, &context] { context.exit_code = print(config_file_of(context), *options); });
}

}  // namespace geod
