#include "daemon/adapters_command.hpp"

#include <CLI/CLI.hpp>

#include "daemon/adapters_bundle_command.hpp"
#include "daemon/adapters_manage_command.hpp"

namespace geod {

void add_adapters_command(CLI::App& app, CommandContext& context) {
  CLI::App* adapters =
      app.add_subcommand("adapters", "Adapter bundles: what they hold and which one serves");
  adapters->require_subcommand(1);
  add_adapters_bundle_commands(*adapters, context);
  add_adapters_manage_commands(*adapters, context);
}

}  // namespace geod
