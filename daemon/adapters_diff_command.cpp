#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/config.hpp"
#include "daemon/adapters_manage_command.hpp"
#include "daemon/adapters_offline.hpp"
#include "daemon/control.hpp"
#include "daemon/estimate_comparison.hpp"
#include "daemon/pick_comparison.hpp"
#include "storage/reader.hpp"

namespace geod {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kListTimeout = 2s;
/// Two picks of one phase are never closer than 1 s, so at most one lies this near to another.
constexpr Duration kTolerance = 500ms;

struct DiffOptions {
  std::string task = "dpk";
  std::string candidate;
  std::string from;
  std::string to;
  bool json_output = false;
};

/// What is compared, and over which times of the data.
struct Comparison {
  std::string task;
  std::string active;     ///< bundle; empty: what geod ships
  std::string candidate;  ///< bundle
  std::optional<Time> from;
  std::optional<Time> to;
  std::map<Phase, PickComparison> phases;       ///< of task dpk
  std::optional<EstimateComparison> estimates;  ///< of the others
  /// Windows that the candidate had no time for since the daemon started; nothing: none runs.
  std::optional<std::uint64_t> windows_scored;
  std::optional<std::uint64_t> windows_skipped;
};

int fail_command(const Error& error) {
  fmt::print(stderr, "geod adapters diff: {}\n", error.what);
  return error.code == Errc::kConfig ? kExitConfig : kExitFailure;
}

Result<std::vector<Pick>> read_picks(storage::Reader& reader,
                                     const Comparison& comparison,
                                     bool shadow) {
  storage::PickQuery query;
  query.shadow = shadow;
  query.scope.from = comparison.from;
  query.scope.to = comparison.to;
  const std::string& wanted = shadow ? comparison.candidate : comparison.active;
  std::vector<Pick> picks;
  const auto read = reader.picks(query, [&](std::span<const storage::StoredPick> page) {
    for (const storage::StoredPick& row : page) {
      if (row.pick.adapter_id == wanted) {
        picks.push_back(row.pick);
      }
    }
    return true;
  });
  return read ? Result<std::vector<Pick>>(std::move(picks)) : tl::unexpected(read.error());
}

/// Without --from and --to: the times that the candidate's picks span.
void narrow_to(const std::vector<Pick>& candidate, Comparison& comparison) {
  if (!comparison.from && !candidate.empty()) {
    comparison.from = candidate.front().time - kTolerance;
  }
  if (!comparison.to && !candidate.empty()) {
    comparison.to = candidate.back().time + kTolerance;
  }
}

/// Which bundles to compare, from the daemon or the folder.
Result<Comparison> what_to_compare(const config::Config& config, const DiffOptions& options) {
  auto reply = control_request(
      config.daemon.runtime_directory, R"({"command":"adapters","action":"list"})", kListTimeout);
  if (!reply) {
    reply = list_adapters_offline(config);
  }
  if (!reply) {
    return tl::unexpected(reply.error());
  }
  const json list = json::parse(*reply, nullptr, false);
  const auto bundle_of = [&](const char* role) {
    const json::json_pointer place(fmt::format("/tasks/{}/{}/bundle", options.task, role));
    return list.contains(place) ? list.at(place).get<std::string>() : std::string();
  };
  Comparison comparison;
  comparison.task = options.task;
  comparison.active = bundle_of("active");
  comparison.candidate = options.candidate.empty() ? bundle_of("shadow") : options.candidate;
  if (comparison.candidate.empty()) {
    return fail(Errc::kNotFound,
                "no bundle runs in shadow for {}; name one that did with --candidate",
                options.task);
  }
  if (options.task == "dpk" && list.contains("shadow_windows_scored")) {
    comparison.windows_scored = list["shadow_windows_scored"].get<std::uint64_t>();
    comparison.windows_skipped = list["shadow_windows_skipped"].get<std::uint64_t>();
  }
  if (!options.from.empty()) {
    comparison.from = *parse_iso(options.from);
  }
  if (!options.to.empty()) {
    comparison.to = *parse_iso(options.to);
  }
  return comparison;
}

Result<void> read_and_compare_picks(storage::Reader& reader, Comparison& comparison) {
  auto candidate = read_picks(reader, comparison, true);
  if (!candidate) {
    return tl::unexpected(candidate.error());
  }
  narrow_to(*candidate, comparison);
  auto active = read_picks(reader, comparison, false);
  if (!active) {
    return tl::unexpected(active.error());
  }
  comparison.phases = compare_picks(std::move(*active), std::move(*candidate), kTolerance);
  return {};
}

Result<void> read_and_compare_estimates(storage::Reader& reader, Comparison& comparison) {
  const auto pairs = reader.estimate_pairs(
      {comparison.task, comparison.active, comparison.candidate, comparison.from, comparison.to});
  if (!pairs) {
    return tl::unexpected(pairs.error());
  }
  if (!pairs->empty()) {
    comparison.from = comparison.from.value_or(pairs->front().pick_time);
    comparison.to = comparison.to.value_or(pairs->back().pick_time);
  }
  comparison.estimates = compare_estimates(comparison.task, *pairs);
  return {};
}

Result<Comparison> compare(const config::Config& config, const DiffOptions& options) {
  auto comparison = what_to_compare(config, options);
  if (!comparison) {
    return comparison;
  }
  auto reader = storage::Reader::open(config::database_path(config));
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  const Result<void> done = options.task == "dpk"
                                ? read_and_compare_picks(*reader, *comparison)
                                : read_and_compare_estimates(*reader, *comparison);
  return done ? std::move(comparison) : tl::unexpected(done.error());
}

std::string time_text(const std::optional<Time>& time) {
  return time ? to_iso(*time, 3) : "-";
}

json estimates_json(const EstimateComparison& estimates) {
  json object{{"active", estimates.active},
              {"candidate", estimates.candidate},
              {"matched", estimates.matched},
              {"only_active", estimates.only_active()},
              {"only_candidate", estimates.only_candidate()},
              {"difference_median", estimates.difference_median},
              {"difference_spread", estimates.difference_spread}};
  if (estimates.same_polarity) {
    object["same_polarity"] = *estimates.same_polarity;
  }
  return object;
}

void print_json(const Comparison& comparison) {
  json phases = json::object();
  for (const auto& [phase, of_phase] : comparison.phases) {
    phases[std::string(to_string(phase))] = {{"active", of_phase.active},
                                             {"candidate", of_phase.candidate},
                                             {"matched", of_phase.matched},
                                             {"only_active", of_phase.only_active()},
                                             {"only_candidate", of_phase.only_candidate()},
                                             {"time_median_s", of_phase.time_median_s},
                                             {"time_spread_s", of_phase.time_spread_s},
                                             {"probability_mean", of_phase.probability_mean}};
  }
  json root{{"active", comparison.active},
            {"candidate", comparison.candidate},
            {"from", comparison.from ? json(time_text(comparison.from)) : json(nullptr)},
            {"to", comparison.to ? json(time_text(comparison.to)) : json(nullptr)},
            {"task", comparison.task}};
  if (comparison.estimates) {
    root["estimates"] = estimates_json(*comparison.estimates);
  } else {
    root["phases"] = std::move(phases);
  }
  if (comparison.windows_scored) {
    root["windows_scored"] = *comparison.windows_scored;
    root["windows_skipped"] = *comparison.windows_skipped;
  }
  fmt::print("{}\n", root.dump());
}

const char* unit_of(const std::string& task) {
  return task == "baz" ? " degrees" : task == "dis" ? " km" : "";
}

void print_estimates(const std::string& task, const EstimateComparison& estimates) {
  fmt::print("{:<6} {:>7} {:>9} {:>5} {:>11} {:>14}  {}\n",
             "task",
             "active",
             "candidate",
             "both",
             "only active",
             "only candidate",
             "difference");
  fmt::print("{:<6} {:>7} {:>9} {:>5} {:>11} {:>14}  {:+.3f} +- {:.3f}{}\n",
             task,
             estimates.active,
             estimates.candidate,
             estimates.matched,
             estimates.only_active(),
             estimates.only_candidate(),
             estimates.difference_median,
             estimates.difference_spread,
             unit_of(task));
  if (estimates.same_polarity) {
    fmt::print("the same first motion for {:.1f} % of them\n", 100.0 * *estimates.same_polarity);
  }
}

void print_text(const Comparison& comparison) {
  fmt::print("active     {}\ncandidate  {}\ndata from  {} to {}\n",
             comparison.active.empty() ? "shipped" : comparison.active,
             comparison.candidate,
             time_text(comparison.from),
             time_text(comparison.to));
  if (comparison.estimates) {
    print_estimates(comparison.task, *comparison.estimates);
    return;
  }
  fmt::print("{:<6} {:>7} {:>9} {:>5} {:>11} {:>14}  {:>17} {:>11}\n",
             "phase",
             "active",
             "candidate",
             "both",
             "only active",
             "only candidate",
             "time difference",
             "probability");
  for (const auto& [phase, of_phase] : comparison.phases) {
    fmt::print("{:<6} {:>7} {:>9} {:>5} {:>11} {:>14}  {:>+7.3f} +- {:.3f} s {:>+11.3f}\n",
               to_string(phase),
               of_phase.active,
               of_phase.candidate,
               of_phase.matched,
               of_phase.only_active(),
               of_phase.only_candidate(),
               of_phase.time_median_s,
               of_phase.time_spread_s,
               of_phase.probability_mean);
  }
  if (comparison.windows_skipped.value_or(0) > 0) {
    fmt::print(
        "the candidate had no time for {} of {} windows: what it did not look at counts as "
        "only active\n",
        *comparison.windows_skipped,
        *comparison.windows_skipped + *comparison.windows_scored);
  }
}

int diff(const CommandContext& context, const DiffOptions& options) {
  const auto config = config::require_config(config_file_of(context));
  const auto comparison = config ? compare(*config, options) : tl::unexpected(config.error());
  if (!comparison) {
    return fail_command(comparison.error());
  }
  options.json_output ? print_json(*comparison) : print_text(*comparison);
  return kExitOk;
}

}  // namespace

void add_adapters_diff_command(CLI::App& adapters, CommandContext& context) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App* command = adapters.add_subcommand(
      "diff", "Compare what a candidate in shadow says with what the active bundle says");
  add_config_option(*command, context);
  const auto is_time = [](const std::string& text) {
    const auto time = parse_iso(text);
    return time ? std::string() : time.error().what;
  };
  command->add_option("--task", options->task, "dpk: picks; pmp, baz, emg, dis: values at P picks")
      ->type_name("TASK")
      ->check(CLI::IsMember({"dpk", "pmp", "baz", "emg", "dis"}).description(""))
      ->capture_default_str();
  command->add_option("--candidate", options->candidate, "A bundle that ran in shadow earlier")
      ->type_name("BUNDLE");
  command->add_option("--from", options->from, "Picks from this time on (UTC)")
      ->type_name("TIME")
      ->check(is_time);
  command->add_option("--to", options->to, "Picks before this time")
      ->type_name("TIME")
      ->check(is_time);
  command->add_flag("--json", options->json_output, "One JSON object");
  command->footer(
      "Picks of one phase on one instrument at most 0.5 s apart are the same. Differences are\n"
      "candidate minus active: the median and the spread (of the median absolute deviation) of\n"
      "times, the mean of probabilities. Of the other tasks: the median and the spread of the\n"
      "values at the same P picks.\n"
      "Examples:\n"
      "  geod adapters diff --config geod.yaml\n"
      "  geod adapters diff --task emg --config geod.yaml\n"
      "  geod adapters diff --from 2019-07-04 --to 2019-07-05 --json\n"
      "Exit codes: 0 done, 1 failed, 78 wrong configuration.");
  command->callback([options, &context] { context.exit_code = diff(context, *options); });
}

}  // namespace geod
