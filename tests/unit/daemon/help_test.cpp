#include <functional>
#include <set>
#include <string>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/adapters_command.hpp"
#include "daemon/bridge_command.hpp"
#include "daemon/catalog_command.hpp"
#include "daemon/config_command.hpp"
#include "daemon/doctor_command.hpp"
#include "daemon/eval_command.hpp"
#include "daemon/import_command.hpp"
#include "daemon/keygen_command.hpp"
#include "daemon/model_command.hpp"
#include "daemon/replay_command.hpp"
#include "daemon/run_command.hpp"
#include "daemon/status_command.hpp"
#include "daemon/synth_command.hpp"
#include "daemon/train_command.hpp"

namespace geod {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Help : public ::testing::Test {
 protected:
  Help() {
    add_run_command(app_, context_);
    add_replay_command(app_, context_);
    add_bridge_command(app_, context_);
    add_catalog_command(app_, context_);
    add_adapters_command(app_, context_);
    add_status_command(app_, context_);
    add_doctor_command(app_, context_);
    add_check_config_command(app_, context_);
    add_print_config_command(app_, context_);
    add_keygen_command(app_, context_);
    add_model_command(app_, context_);
    add_import_command(app_, context_);
    add_train_command(app_, context_);
    add_eval_command(app_, context_);
    add_synth_command(app_, context_);
  }

  /// Calls `look` with every command that does something, and its name as typed.
  void for_each_command(const std::function<void(CLI::App&, const std::string&)>& look) {
    visit(app_, "geod", look);
  }

  /// What is wrong with a command line; empty when it is taken, and then it has run.
  std::string error_of(const std::string& command_line) {
    try {
      app_.parse(command_line);
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return {};
  }

  CLI::App app_{"geod", "geod"};
  CommandContext context_;

 private:
  static void visit(CLI::App& app,
                    const std::string& name,
                    const std::function<void(CLI::App&, const std::string&)>& look) {
    const auto below = app.get_subcommands([](CLI::App*) { return true; });
    for (CLI::App* command : below) {
      visit(*command, name + " " + command->get_name(), look);
    }
    if (below.empty()) {
      look(app, name);
    }
  }
};

TEST_F(Help, EveryCommandAndOptionIsDescribed) {
  for_each_command([](CLI::App& command, const std::string& name) {
    EXPECT_FALSE(command.get_description().empty()) << name;
    for (const CLI::Option* option : command.get_options()) {
      EXPECT_FALSE(option->get_description().empty()) << name << " " << option->get_name();
    }
  });
}

TEST_F(Help, EveryCommandShowsAnExampleOfItselfAndItsExitCodes) {
  for_each_command([](CLI::App& command, const std::string& name) {
    const std::string help = command.help();
    EXPECT_THAT(help, HasSubstr("\n  " + name)) << name;
    EXPECT_THAT(help, HasSubstr("Exit codes: 0 ")) << name;
  });
}

TEST_F(Help, EveryValueHasAUnitOrSaysWhatItIs) {
  const std::set<std::string> says_nothing{"TEXT", "INT", "UINT", "FLOAT", "ENUM"};
  for_each_command([&](CLI::App& command, const std::string& name) {
    for (const CLI::Option* option : command.get_options()) {
      if (option->get_items_expected_max() > 0) {
        const std::string type = option->get_type_name();
        EXPECT_FALSE(says_nothing.contains(type.substr(0, type.find(':'))))
            << name << " " << option->get_name() << " " << type;
      }
    }
    EXPECT_THAT(command.help(), Not(HasSubstr("->"))) << name;
  });
}

TEST_F(Help, AWrongNameIsAnsweredWithTheNamesThatAreKnown) {
  EXPECT_THAT(error_of("replay a.mseed --to tcp://127.0.0.1:1 --mode push"),
              HasSubstr("'push' is none of push-connect, push-bind, pub-bind"));
  EXPECT_THAT(error_of("replay a.mseed --to tcp://127.0.0.1:1 --mode 1"), HasSubstr("is none of"));
  EXPECT_THAT(error_of("bridge optasense --from a --to b --id c"), HasSubstr("asn, febus, xdas"));
  EXPECT_THAT(error_of("train --data d --out o --preset other"), HasSubstr("geod, seismollm"));
  EXPECT_THAT(error_of("catalog picks --format xml"), HasSubstr("table, csv, json"));
}

}  // namespace
}  // namespace geod
