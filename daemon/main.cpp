#include <CLI/CLI.hpp>

#include "daemon/adapters_command.hpp"
#include "daemon/bridge_command.hpp"
#include "daemon/catalog_command.hpp"
#include "daemon/command.hpp"
#include "daemon/config_command.hpp"
#include "daemon/doctor_command.hpp"
#include "daemon/eval_command.hpp"
#include "daemon/experiment_command.hpp"
#include "daemon/features_command.hpp"
#include "daemon/few_shot_command.hpp"
#include "daemon/import_command.hpp"
#include "daemon/invert_command.hpp"
#include "daemon/keygen_command.hpp"
#include "daemon/model_command.hpp"
#include "daemon/replay_command.hpp"
#include "daemon/run_command.hpp"
#include "daemon/segment_command.hpp"
#include "daemon/status_command.hpp"
#include "daemon/synth_command.hpp"
#include "daemon/train_command.hpp"

int main(int argc, char** argv) {
  CLI::App app{"geod watches seismic streams: it picks P and S waves and keeps a catalogue.",
               "geod"};
  app.set_version_flag("--version", GEOD_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 wrong command line, 78 wrong configuration.\n"
      "Start here: geod print-config, geod doctor, geod run --help");

  geod::CommandContext context;
  geod::add_run_command(app, context);
  geod::add_replay_command(app, context);
  geod::add_bridge_command(app, context);
  geod::add_catalog_command(app, context);
  geod::add_adapters_command(app, context);
  geod::add_segment_command(app, context);
  geod::add_invert_command(app, context);
  geod::add_status_command(app, context);
  geod::add_doctor_command(app, context);
  geod::add_check_config_command(app, context);
  geod::add_print_config_command(app, context);
  geod::add_keygen_command(app, context);
  geod::add_model_command(app, context);
  geod::add_import_command(app, context);
  geod::add_train_command(app, context);
  geod::add_few_shot_command(app, context);
  geod::add_eval_command(app, context);
  geod::add_experiment_command(app, context);
  geod::add_features_command(app, context);
  geod::add_synth_command(app, context);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : geod::kExitUsage;
  }
  return context.exit_code;
}
