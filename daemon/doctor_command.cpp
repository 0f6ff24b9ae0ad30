#include "daemon/doctor_command.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "daemon/control.hpp"
#include "daemon/doctor_checks.hpp"
#include "daemon/installation.hpp"

namespace geod {
namespace {

struct DoctorOptions {
  bool json = false;
};

/// Half of what the network could carry is what an operator should plan with: load is uneven, and
/// after an outage the backlog must be worked off beside the live data.
constexpr double kPlannedShare = 0.5;

std::uint64_t host_memory_bytes() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGE_SIZE);
  return pages > 0 && page_bytes > 0
             ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes)
             : 0;
}

void add_model_checks(const config::Config& config, std::vector<Check>& checks) {
  const auto directory = find_model(config.models.picker);
  if (!directory) {
    checks.push_back({"model", Verdict::kFail, directory.error().what, ""});
    return;
  }
  std::optional<models::Manifest> manifest;
  checks.push_back(check_model(*directory, manifest));
  if (!manifest) {
    return;
  }
  std::optional<models::EngineInfo> info;
  checks.push_back(check_engine(config.models, *directory, info));
  if (!info) {
    return;
  }
  checks.push_back(judge_capacity(*info, *manifest));
  const double stations = stations_carried(info->windows_per_s, *manifest) * kPlannedShare;
  checks.push_back(
      judge_memory(memory_bound_bytes(config, *manifest, stations), host_memory_bytes(), stations));
}

std::string as_json(const std::vector<Check>& checks, bool is_well) {
  nlohmann::json list = nlohmann::json::array();
  for (const Check& check : checks) {
    list.push_back({{"name", check.name},
                    {"verdict", to_string(check.verdict)},
                    {"finding", check.finding},
                    {"remedy", check.remedy}});
  }
  const nlohmann::json whole{{"ok", is_well}, {"checks", std::move(list)}};
  return whole.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

int examine(const std::filesystem::path& file, const DoctorOptions& options) {
  config::LoadOptions load;
  load.check_files = true;
  const config::Loaded loaded = config::load_config(file, load);
  std::vector<Check> checks;
  for (const config::Fault& fault : loaded.faults) {
    checks.push_back({"config",
                      Verdict::kFail,
                      fault.to_string(),
                      "correct it; the other checks wait for a valid configuration"});
  }
  if (loaded.faults.empty()) {
    const std::string name = file.empty() ? "built-in defaults" : file.string();
    checks.push_back({"config", Verdict::kOk, name + " has no faults", ""});
    const std::vector<Check> found = run_checks(loaded.config);
    checks.insert(checks.end(), found.begin(), found.end());
  }
  const bool is_well = std::none_of(checks.begin(), checks.end(), [](const Check& check) {
    return check.verdict == Verdict::kFail;
  });
  if (options.json) {
    fmt::print("{}\n", as_json(checks, is_well));
  } else {
    for (const Check& check : checks) {
      fmt::print("{:<5} {}: {}\n", to_string(check.verdict), check.name, check.finding);
      if (!check.remedy.empty()) {
        fmt::print("      -> {}\n", check.remedy);
      }
    }
  }
  return is_well ? kExitOk : kExitFailure;
}

}  // namespace

std::vector<Check> run_checks(const config::Config& config) {
  using namespace std::chrono_literals;
  const bool daemon_runs =
      control_request(config.daemon.runtime_directory, R"({"command":"status"})", 500ms)
          .has_value();
  std::vector<Check> checks{
      {"daemon", Verdict::kOk, daemon_runs ? "runs, and answers" : "does not run", ""},
      check_directory("state_directory", config.daemon.state_directory),
      check_directory("runtime_directory", config.daemon.runtime_directory),
      check_disk_space(config::database_path(config).parent_path()),
      check_database(config::database_path(config)),
      check_clock()};
  const std::vector<Check> endpoints = check_endpoints(config.streams, daemon_runs);
  checks.insert(checks.end(), endpoints.begin(), endpoints.end());
  const std::vector<Check> service = check_service(config.service, daemon_runs);
  checks.insert(checks.end(), service.begin(), service.end());
  add_model_checks(config, checks);
  const std::vector<Check> fibres = check_fibres(config);
  checks.insert(checks.end(), fibres.begin(), fibres.end());
  const std::vector<Check> catalog = check_catalog(config);
  checks.insert(checks.end(), catalog.begin(), catalog.end());
  const std::vector<Check> inversion = check_inversion(config);
  checks.insert(checks.end(), inversion.begin(), inversion.end());
  return checks;
}

void add_doctor_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command = app.add_subcommand(
      "doctor", "Check this host: folders, database, clock, model, device, and what it can carry");
  add_config_option(*command, context);
  command->add_flag("--json", options->json, "One JSON object: ok, checks");
  command->footer(
      "Examples:\n"
      "  geod doctor\n"
      "  geod doctor --json --config geod.yaml\n"
      "Exit codes: 0 geod can run here, 1 something keeps it from running.");
  command->callback(
      [options, &context] { context.exit_code = examine(config_file_of(context), *options); });
}

}  // namespace geod
