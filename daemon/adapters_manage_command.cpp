#include "daemon/adapters_manage_command.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "adapters/bundle.hpp"
#include "adapters/install_bundle.hpp"
#include "config/config.hpp"
#include "daemon/adapters_offline.hpp"
#include "daemon/control.hpp"
#include "models/geometry.hpp"

namespace geod {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;
using Action = AdapterRequest::Action;

constexpr auto kListTimeout = 2s;
/// A published network is loaded in a few seconds; a busy host may take longer.
constexpr auto kDecideTimeout = 120s;
constexpr const char* kExitCodes =
    "Exit codes: 0 done, 1 refused or failed, 78 wrong configuration.";

struct ManageOptions {
  std::string bundle;
  std::string task;
  std::string folder;
  bool shipped = false;
  bool off = false;
  bool json_output = false;
};
using Options = std::shared_ptr<ManageOptions>;

int fail_command(const Error& error) {
  fmt::print(stderr, "geod adapters: {}\n", error.what);
  return error.code == Errc::kConfig ? kExitConfig : kExitFailure;
}

/// The daemon's answer, else what the folder says. kDisconnected never: then the folder answers.
Result<std::string> listing(const config::Config& config) {
  auto reply = control_request(
      config.daemon.runtime_directory, R"({"command":"adapters","action":"list"})", kListTimeout);
  return reply ? reply : list_adapters_offline(config);
}

std::string name_of(const json& bundle) {
  if (bundle.is_null()) {
    return "-";
  }
  const std::string name = bundle.value("bundle", "");
  return name.empty() ? "shipped" : fmt::format("{} ({:.12})", name, bundle.value("hash", ""));
}

json member(const json& object, const char* key) {
  return object.contains(key) ? object[key] : json(nullptr);
}

void print_listing(const json& list) {
  fmt::print("{}{}\n",
             list.value("directory", ""),
             list.value("running", true) ? "" : "  (no daemon runs)");
  fmt::print("{:<5} {:<36} {:<36} {}\n", "task", "active", "previous", "shadow");
  const json tasks = list.value("tasks", json::object());
  for (const auto& [task, state] : tasks.items()) {
    fmt::print("{:<5} {:<36} {:<36} {}\n",
               task,
               name_of(member(state, "active")),
               name_of(member(state, "previous")),
               name_of(member(state, "shadow")));
  }
  fmt::print("bundles\n");
  const json bundles = list.value("bundles", json::array());
  for (const json& bundle : bundles) {
    const std::string problem = bundle.value("problem", "");
    fmt::print("  {:<30} {:<4} {:<12.12} {}\n",
               bundle.value("bundle", ""),
               bundle.value("task", ""),
               bundle.value("hash", ""),
               problem.empty() ? "" : "refused: " + problem);
  }
}

int list(const CommandContext& context, const ManageOptions& options) {
  const auto config = config::require_config(config_file_of(context));
  const auto reply = config ? listing(*config) : tl::unexpected(config.error());
  if (!reply) {
    return fail_command(reply.error());
  }
  if (options.json_output) {
    fmt::print("{}\n", *reply);
  } else {
    print_listing(json::parse(*reply, nullptr, false));
  }
  return kExitOk;
}

void print_decision(const json& answer) {
  const bool is_shadow = answer.contains("shadow");
  fmt::print("{} {}: {}, before {}\n",
             answer.value("task", ""),
             is_shadow ? "shadow" : "active",
             name_of(member(answer, is_shadow ? "shadow" : "active")),
             name_of(member(answer, "before")));
  if (!answer.value("running", true)) {
    fmt::print("no daemon runs: it holds from the next start on\n");
  } else if (answer.contains("to_live_ms")) {
    fmt::print("live after {:.1f} ms; scoring stood still for {:.3f} ms\n",
               answer.value("to_live_ms", 0.0),
               answer.value("pause_ms", 0.0));
  }
}

/// Asks the daemon, or decides on the folder when none runs.
int decide(const CommandContext& context, const ManageOptions& options, AdapterRequest request) {
  const auto config = config::require_config(config_file_of(context));
  if (!config) {
    return fail_command(config.error());
  }
  if (!options.task.empty()) {
    request.task = *models::parse_task(options.task);
  }
  request.bundle = options.bundle;
  const std::string text = to_json(request);
  if (const auto valid = parse_adapter_request(text); !valid) {
    fmt::print(stderr, "geod adapters: {}\n", valid.error().what);
    return kExitUsage;
  }
  auto reply = control_request(config->daemon.runtime_directory, text, kDecideTimeout);
  if (!reply && reply.error().code == Errc::kDisconnected) {
    reply = decide_offline(*config, request);
  }
  if (!reply) {
    return fail_command(reply.error());
  }
  const json answer = json::parse(*reply, nullptr, false);
  if (!answer.is_object() || answer.contains("error")) {
    fmt::print(stderr,
               "geod adapters: {}\n",
               answer.is_object() ? answer["error"].get<std::string>() : *reply);
    return kExitFailure;
  }
  if (options.json_output) {
    fmt::print("{}\n", *reply);
  } else {
    print_decision(answer);
  }
  return kExitOk;
}

/// What the daemon did with a bundle that just appeared: its entry of the listing, once it has one.
Result<json> wait_for(const config::Config& config, const std::string& bundle) {
  const auto deadline = SteadyClock::now() + kDecideTimeout;
  while (SteadyClock::now() < deadline) {
    const auto reply = control_request(
        config.daemon.runtime_directory, R"({"command":"adapters","action":"list"})", kListTimeout);
    if (!reply) {
      return tl::unexpected(reply.error());
    }
    const json list = json::parse(*reply, nullptr, false);
    const json bundles = list.value("bundles", json::array());
    for (const json& entry : bundles) {
      if (entry.value("bundle", "") == bundle) {
        return json{{"entry", entry}, {"tasks", list.value("tasks", json::object())}};
      }
    }
    std::this_thread::sleep_for(20ms);
  }
  return fail(Errc::kIo, "the daemon did not look at {}; does it watch this folder?", bundle);
}

int print_installed(const ManageOptions& options, const std::string& bundle, const json& known) {
  const json& entry = known["entry"];
  const std::string problem = entry.value("problem", "");
  std::string role = problem.empty() ? "checked" : "refused";
  for (const auto& [task, state] : known["tasks"].items()) {
    for (const char* place : {"active", "shadow"}) {
      if (member(state, place).is_object() && state[place].value("bundle", "") == bundle) {
        role = place;
      }
    }
  }
  if (options.json_output) {
    fmt::print("{}\n",
               json{{"bundle", bundle},
                    {"task", entry.value("task", "")},
                    {"hash", entry.value("hash", "")},
                    {"role", role},
                    {"problem", problem}}
                   .dump());
  } else {
    fmt::print("{} ({:.12}) for {}: {}{}\n",
               bundle,
               entry.value("hash", ""),
               entry.value("task", ""),
               role,
               problem.empty() ? "" : ": " + problem);
  }
  return problem.empty() ? kExitOk : kExitFailure;
}

/// The command copies, not the daemon, whose sandbox does not see the folders of people.
int install(const CommandContext& context, const ManageOptions& options) {
  const auto config = config::require_config(config_file_of(context));
  if (!config) {
    return fail_command(config.error());
  }
  const auto source = adapters::read_bundle(options.folder);
  if (!source) {
    return fail_command(source.error());
  }
  const std::string bundle = source->adapter_id();
  const std::filesystem::path folder = config::adapters_path(*config);
  if (auto installed = adapters::install_bundle(options.folder, folder, bundle); !installed) {
    return fail_command(installed.error());
  }
  const auto known = wait_for(*config, bundle);
  if (known) {
    return print_installed(options, bundle, *known);
  }
  if (known.error().code != Errc::kDisconnected) {
    return fail_command(known.error());
  }
  const json entry{{"task", models::to_string(source->overlay->manifest.task)},
                   {"hash", source->overlay->adapter_hash}};
  return print_installed(options, bundle, {{"entry", entry}, {"tasks", json::object()}});
}

CLI::App* add_command(CLI::App& adapters,
                      CommandContext& context,
                      const Options& options,
                      const char* name,
                      const char* what) {
  CLI::App* command = adapters.add_subcommand(name, what);
  add_config_option(*command, context);
  command->add_flag("--json", options->json_output, "One JSON object");
  return command;
}

void add_task_option(CLI::App& command, const Options& options) {
  std::vector<std::string> names;
  for (const models::Task task : models::kAllTasks) {
    names.emplace_back(models::to_string(task));
  }
  command.add_option("--task", options->task, "Task of the bundle")
      ->type_name("TASK")
      ->check(CLI::IsMember(names));
}

void add_list(CLI::App& adapters, CommandContext& context) {
  auto options = std::make_shared<ManageOptions>();
  CLI::App* command = add_command(
      adapters, context, options, "list", "Bundles in the folder, and which serves which task");
  command->footer(fmt::format(
      "Examples:\n  geod adapters list --config geod.yaml\n  geod adapters list --json\n{}",
      kExitCodes));
  command->callback([options, &context] { context.exit_code = list(context, *options); });
}

void add_install(CLI::App& adapters, CommandContext& context) {
  auto options = std::make_shared<ManageOptions>();
  CLI::App* command =
      add_command(adapters,
                  context,
                  options,
                  "install",
                  "Copy a bundle into the folder; the daemon then does what adapters.on_new says");
  command->add_option("folder", options->folder, "The bundle")->type_name("DIR")->required();
  command->footer(fmt::format(
      "Examples:\n  geod adapters install runs/ridgecrest/bundle --config geod.yaml\n{}",
      kExitCodes));
  command->callback([options, &context] { context.exit_code = install(context, *options); });
}

void add_activate(CLI::App& adapters, CommandContext& context) {
  auto options = std::make_shared<ManageOptions>();
  CLI::App* command =
      add_command(adapters, context, options, "activate", "Let a bundle serve its task");
  auto* bundle = command->add_option("bundle", options->bundle, "Folder name, NAME-VERSION")
                     ->type_name("BUNDLE");
  auto* shipped =
      command->add_flag("--shipped", options->shipped, "What geod ships for --task instead");
  shipped->excludes(bundle);
  add_task_option(*command, options);
  command->footer(fmt::format(
      "Examples:\n"
      "  geod adapters activate ridgecrest-2 --config geod.yaml\n"
      "  geod adapters activate --shipped --task dpk\n"
      "What is active keeps serving until the new one is read, checked and tried out.\n{}",
      kExitCodes));
  command->callback([options, &context] {
    if (options->bundle.empty() && !options->shipped) {
      throw CLI::RequiredError("a bundle or --shipped");
    }
    context.exit_code = decide(context, *options, {Action::kActivate, "", std::nullopt});
  });
}

void add_rollback(CLI::App& adapters, CommandContext& context) {
  auto options = std::make_shared<ManageOptions>();
  options->task = "dpk";
  CLI::App* command = add_command(
      adapters, context, options, "rollback", "Return to what was active before (and forth again)");
  add_task_option(*command, options);
  command->footer(fmt::format(
      "Examples:\n  geod adapters rollback --config geod.yaml\n  geod adapters rollback --task "
      "pmp\n{}",
      kExitCodes));
  command->callback([options, &context] {
    context.exit_code = decide(context, *options, {Action::kRollback, "", std::nullopt});
  });
}

void add_shadow(CLI::App& adapters, CommandContext& context) {
  auto options = std::make_shared<ManageOptions>();
  CLI::App* command = add_command(adapters,
                                  context,
                                  options,
                                  "shadow",
                                  "Let a bundle run beside the active one, its rows apart");
  auto* bundle = command->add_option("bundle", options->bundle, "Folder name, NAME-VERSION")
                     ->type_name("BUNDLE");
  command->add_flag("--off", options->off, "End the shadow of --task")->excludes(bundle);
  add_task_option(*command, options);
  command->footer(
      fmt::format("Examples:\n"
                  "  geod adapters shadow ridgecrest-2 --config geod.yaml\n"
                  "  geod adapters shadow --off --task dpk\n{}",
                  kExitCodes));
  command->callback([options, &context] {
    const Action action = options->off ? Action::kShadowOff : Action::kShadow;
    context.exit_code = decide(context, *options, {action, "", std::nullopt});
  });
}

}  // namespace

void add_adapters_manage_commands(CLI::App& adapters, CommandContext& context) {
  add_list(adapters, context);
  add_install(adapters, context);
  add_activate(adapters, context);
  add_rollback(adapters, context);
  add_shadow(adapters, context);
  add_adapters_diff_command(adapters, context);
}

}  // namespace geod
