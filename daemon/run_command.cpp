#include "daemon/run_command.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "config/config.hpp"
#include "core/log.hpp"
#include "daemon/daemon.hpp"

namespace geod {
namespace {

struct RunOptions {
  std::vector<std::string> overrides;
};

int run(const std::filesystem::path& file, const RunOptions& options) {
  config::LoadOptions load;
  load.overrides = options.overrides;
  load.check_files = true;
  const config::Loaded loaded = config::load_config(file, load);
  if (!loaded.faults.empty()) {
    for (const config::Fault& fault : loaded.faults) {
      std::fprintf(stderr, "%s\n", fault.to_string().c_str());
    }
    return kExitConfig;
  }
  log::init(loaded.config.daemon.log_level);
  Daemon daemon(loaded.config);
  const auto outcome = daemon.run();
  if (!outcome) {
    spdlog::error("msg=\"geod stops\" code={} reason=\"{}\"",
                  to_string(outcome.error().code),
                  outcome.error().what);
    return outcome.error().code == Errc::kConfig ? kExitConfig : kExitFailure;
  }
  return kExitOk;
}

}  // namespace

void add_run_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Run the daemon in the foreground");
  add_config_option(*command, context);
  command
      ->add_option("--set",
                   options->overrides,
                   "One key for this run, e.g. --set daemon.log_level=debug; wins over file and "
                   "environment")
      ->type_name("KEY=VALUE");
  command->footer(
      "Examples:\n"
      "  geod run --config geod.yaml\n"
      "  geod run --config geod.yaml --set models.device=cpu\n"
      "SIGTERM and Ctrl-C drain and stop; a second one stops at once. SIGHUP rereads the CURVE "
      "allow-list.\n"
      "Exit codes: 0 asked to stop, 78 wrong configuration, 1 anything else.");
  command->callback(
      [options, &context] { context.exit_code = run(config_file_of(context), *options); });
}

}  // namespace geod
