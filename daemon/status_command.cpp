#include "daemon/status_command.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "config/config.hpp"
#include "core/estimate.hpp"
#include "daemon/control.hpp"

namespace geod {
namespace {

struct StatusOptions {
  bool json = false;
  double wait_s = 0.0;
};

void print_sources(const nlohmann::json& sources) {
  for (const auto& source : sources) {
    fmt::print("  {:<16} {}  {} records, {} rejected, {} missing{}\n",
               source.value("name", ""),
               source.value("endpoint", ""),
               source.value("records", 0ULL),
               source.value("rejected", 0ULL),
               source.value("missing", 0ULL),
               source.value("has_ended", false) ? ", ended" : "");
  }
}

/// Nothing but what geod ships, and no candidate: not worth a line.
void print_adapters(const nlohmann::json& adapters) {
  const auto tasks = adapters.find("tasks");
  if (tasks == adapters.end()) {
    return;
  }
  for (const auto& [task, roles] : tasks->items()) {
    for (const char* role : {"active", "shadow"}) {
      const auto bundle = roles.find(role);
      if (bundle != roles.end() && !bundle->value("bundle", "").empty()) {
        fmt::print("adapter  {} {}: {} ({:.12})\n",
                   task,
                   role,
                   bundle->value("bundle", ""),
                   bundle->value("hash", ""));
      }
    }
  }
}

/// "told   pmp 12, baz 11, emg 12, dis 12; 9 locations", and what was lost.
void print_estimates(const nlohmann::json& estimates) {
  std::string told;
  std::uint64_t refused = 0;
  for (const std::string_view task : kScalarTasks) {
    const auto counts = estimates.value(std::string(task), nlohmann::json::object());
    told += fmt::format(
        "{}{} {}", told.empty() ? "" : ", ", task, counts.value("stored", std::uint64_t{0}));
    refused += counts.value("refused", std::uint64_t{0});
  }
  fmt::print("told     {}; {} single-station locations\n",
             told,
             estimates.value("locations_stored", std::uint64_t{0}));
  const auto shed = estimates.value("shed", std::uint64_t{0});
  const auto unusable = estimates.value("unusable", std::uint64_t{0});
  if (refused + shed + unusable > 0) {
    fmt::print(
        "         {} refused by the store, {} shed, {} not finite\n", refused, shed, unusable);
  }
}

/// Nothing where no fibre was heard.
void print_fibres(const nlohmann::json& fibres, const nlohmann::json& detections) {
  const auto each = fibres.value("each", nlohmann::json::array());
  if (each.empty() && fibres.value("blocks", 0ULL) == 0) {
    return;
  }
  fmt::print(
      "fibres   {} blocks, {} shed, {:.1f} MiB waiting; {} tiles, {:.1f} tiles/s; {} "
      "detections stored, {} already there\n",
      fibres.value("blocks", 0ULL),
      fibres.value("blocks_shed", 0ULL),
      static_cast<double>(fibres.value("waiting_bytes", 0ULL)) / (1024.0 * 1024.0),
      fibres.value("tiles_scored", 0ULL),
      fibres.value("tiles_per_s", 0.0),
      detections.value("stored", 0ULL),
      detections.value("already_there", 0ULL));
  for (const auto& fibre : each) {
    fmt::print("  {:<16} {} channels at {:g} Hz to {}, {} tiles, {} detections{}\n",
               fibre.value("fibre", ""),
               fibre.value("channels", 0LL),
               fibre.value("sampling_rate_hz", 0.0),
               fibre.value("last_sample", ""),
               fibre.value("tiles", 0ULL),
               fibre.value("detections", 0ULL),
               fibre.value("shed_s", 0.0) > 0.0
                   ? fmt::format(", {:.1f} s shed", fibre.value("shed_s", 0.0))
                   : "");
  }
}

/// Nothing where no events are made.
void print_association(const nlohmann::json& association) {
  if (!association.contains("state")) {
    return;
  }
  fmt::print("events   {} told in {} versions, {} withdrawn; {} sites, {} live picks{}\n",
             association.value("events", 0ULL),
             association.value("versions", 0ULL),
             association.value("withdrawn", 0ULL),
             association.value("sites", 0ULL),
             association.value("live_picks", 0ULL),
             association.value("state", "") == "off"
                 ? "; no events now: " + association.value("reason", std::string{})
                 : "");
  for (const char* kind : {"stations", "fibres"}) {
    const auto names =
        association.value(fmt::format("{}_without_coordinates", kind), std::vector<std::string>{});
    if (!names.empty()) {
      fmt::print(
          "         {} without coordinates, not associated: {}\n", kind, fmt::join(names, ", "));
    }
  }
  for (const auto& fault : association.value("inventory_faults", std::vector<std::string>{})) {
    fmt::print("         INVENTORY: {}\n", fault);
  }
}

/// Nothing where no window was asked for.
void print_waveforms(const nlohmann::json& waveforms) {
  const auto kept = waveforms.value("windows_kept", 0ULL);
  const auto lost = waveforms.value("windows_lost", 0ULL);
  if (kept + lost > 0) {
    fmt::print("kept     {} windows of waveforms, {} lost; {:.1f} MiB on disk\n",
               kept,
               lost,
               static_cast<double>(waveforms.value("tree_bytes", 0ULL)) / (1024.0 * 1024.0));
  }
}

void print_status(const nlohmann::json& status) {
  fmt::print("geod {} {}, up {:.0f} s, pid {}\n",
             status.value("version", ""),
             status.value("state", ""),
             status.value("uptime_s", 0.0),
             status.value("pid", 0));
  fmt::print("model    {} on {} ({}, {} threads, {:.0f} windows/s at warm-up)\n",
             status.value("model", ""),
             status.value("device", ""),
             status.value("precision", ""),
             status.value("threads", 0),
             status.value("warmup_windows_per_s", 0.0));
  if (const auto adapters = status.find("adapters"); adapters != status.end()) {
    print_adapters(*adapters);
  }
  fmt::print("sources\n");
  print_sources(status.value("sources", nlohmann::json::array()));
  fmt::print("windows  {} cut, {} scored, {} shed, {} waiting\n",
             status.value("windows_cut", 0ULL),
             status.value("windows_scored", 0ULL),
             status.value("windows_shed", 0ULL),
             status.value("windows_waiting", 0ULL));
  fmt::print("picks    {} stored, {} already there\n",
             status.value("picks_stored", 0ULL),
             status.value("picks_already_there", 0ULL));
  print_estimates(status.value("estimates", nlohmann::json::object()));
  print_association(status.value("association", nlohmann::json::object()));
  print_fibres(status.value("fibres", nlohmann::json::object()),
               status.value("detections", nlohmann::json::object()));
  print_waveforms(status.value("waveforms", nlohmann::json::object()));
  fmt::print("latency  last needed sample -> committed: median {:.3f} s, 99 % {:.3f} s\n",
             status.value("pick_latency_p50_s", 0.0),
             status.value("pick_latency_p99_s", 0.0));
  fmt::print("newest   {}\n", status.value("newest_sample", "none"));
  if (status.value("storage_failing", false)) {
    fmt::print("STORAGE  the database refuses writes; picks are held in memory\n");
  }
  if (status.value("waveforms", nlohmann::json::object()).value("failing", false)) {
    fmt::print("STORAGE  waveforms cannot be kept; picks go on\n");
  }
}

int show_status(const std::filesystem::path& file, const StatusOptions& options) {
  using Clock = std::chrono::steady_clock;
  using namespace std::chrono_literals;
  const auto config = config::require_config(file);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().what.c_str());
    return kExitConfig;
  }
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(options.wait_s));
  while (true) {
    const auto reply =
        control_request(config->daemon.runtime_directory, R"({"command":"status"})", 2000ms);
    if (reply) {
      const auto status = nlohmann::json::parse(*reply, nullptr, false);
      if (status.is_discarded()) {
        std::fprintf(stderr, "the daemon's answer is not JSON: %s\n", reply->c_str());
        return kExitFailure;
      }
      if (options.json) {
        fmt::print("{}\n", *reply);
      } else {
        print_status(status);
      }
      return kExitOk;
    }
    if (Clock::now() >= deadline) {
      std::fprintf(stderr, "%s\n", reply.error().what.c_str());
      return kExitFailure;
    }
    std::this_thread::sleep_for(100ms);
  }
}

}  // namespace

void add_status_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* command = app.add_subcommand("status", "Show what the running daemon does");
  add_config_option(*command, context);
  command->add_flag("--json", options->json, "One JSON object");
  command
      ->add_option("--wait",
                   options->wait_s,
                   "How long to wait for a daemon that is starting (default: not)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 86400.0));
  command->footer(
      "Examples:\n"
      "  geod status --config geod.yaml\n"
      "  geod status --wait 60 --json\n"
      "Exit codes: 0 a daemon answered, 1 none did, 78 wrong configuration.");
  command->callback(
      [options, &context] { context.exit_code = show_status(config_file_of(context), *options); });
}

}  // namespace geod
