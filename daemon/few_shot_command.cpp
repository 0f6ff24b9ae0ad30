#include "daemon/few_shot_command.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/finished_runs.hpp"
#include "daemon/train_options_cli.hpp"
#include "daemon/training_session.hpp"
#include "trainer/few_shot_table.hpp"

namespace geod {
namespace {

using nlohmann::json;
using trainer::FewShotRun;

constexpr const char* kFooter =
    "Every run trains on a share of the earthquakes, is validated on 5 % and tested on the rest, "
    "which is the same for all shares of one seed. A stopped command goes on where it was: runs "
    "that are done are kept under OUT. All options of geod train but --hold-out-* hold for every "
    "run.\n\n"
    "Examples:\n"
    "  geod few-shot --task dpk --data demo-data --out few --shares 0.1\n"
    "  geod few-shot --task emg --data mine/ --init model-1 --out few --shares 0.01,0.05,0.1 "
    "--seeds 1,2,3 --steps 400 --report 0 --json\n\n"
    "Exit codes: 0 done or stopped on request, 1 failed, 2 wrong command line.";

/// Options that may differ when a command goes on: they change no run.
constexpr const char* kFree[] = {"--seeds", "--json", "--threads", "--workers", "--report"};

struct FewShotCommand {
  TrainCommand train;
  std::vector<double> shares{0.1};
  std::vector<std::uint64_t> seeds{1};
  double validation = 0.05;
  bool json = false;
};

/// Ascending, each value once.
template <class Value>
void keep_each_once(std::vector<Value>& values) {
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

class FewShot {
 public:
  FewShot(const FewShotCommand& command, std::string identity, std::string command_line)
      : command_(command),
        options_(resolved(command.train)),
        identity_(std::move(identity)),
        command_line_(std::move(command_line)) {}

  Result<void> run() {
    if (auto checked = check(); !checked) {
      return checked;
    }
    std::error_code error;
    std::filesystem::create_directories(options_.out, error);
    if (error) {
      return fail(Errc::kIo, "{}: {}", options_.out.string(), error.message());
    }
    for (const std::uint64_t seed : command_.seeds) {
      for (const double share : command_.shares) {
        const auto done = add_run(share, seed);
        if (!done) {
          return tl::unexpected(done.error());
        }
        if (!*done) {
          fmt::print(stderr, "stopped; the same command goes on\n");
          return {};
        }
      }
    }
    return report();
  }

 private:
  Result<void> check() const {
    const double most = std::ranges::max(command_.shares);
    if (most + command_.validation >= 1.0) {
      return fail(Errc::kConfig,
                  "--shares {:g} and --validation {:g} leave nothing to test on",
                  most,
                  command_.validation);
    }
    if (!options_.hold_out_folds.empty() || options_.hold_out_windows) {
      return fail(Errc::kConfig,
                  "--hold-out-fold and --hold-out-windows have no place here: the "
                  "shares say what is held out");
    }
    return {};
  }

  /// False: stopped on request.
  Result<bool> add_run(double share, std::uint64_t seed) {
    const std::string name = fmt::format("share-{:g}-seed-{}", share, seed);
    const std::filesystem::path file = options_.out / (name + ".json");
    const auto finished = finished_run(file, identity_);
    if (!finished) {
      return tl::unexpected(finished.error());
    }
    if (*finished) {
      runs_.push_back({share, seed, json::parse(**finished)["scores"].dump()});
      return true;
    }
    fmt::print(stderr, "{}\n", name);
    trainer::TrainOptions options = options_;
    options.out = options_.out / name;
    options.seed = seed;
    options.command_line = command_line_;
    options.shares =
        trainer::EventShares{share, std::ranges::max(command_.shares), command_.validation, seed};
    if (!session_) {
      auto session = TrainingSession::open();
      if (!session) {
        return tl::unexpected(session.error());
      }
      session_ = std::move(*session);
    }
    discard_unscored(options.out);
    const auto report = session_->train(options);
    if (!report) {
      return fail_with(report.error(), name);
    }
    if (report->stopped) {
      return false;
    }
    runs_.push_back({share, seed, report->test_scores_json});
    const json kept{
        {"share", share}, {"seed", seed}, {"scores", json::parse(runs_.back().scores_json)}};
    if (auto written = keep_finished(file, identity_, kept.dump()); !written) {
      return tl::unexpected(written.error());
    }
    return true;
  }

  Result<void> report() const {
    const auto table = trainer::few_shot_table(options_.task, runs_);
    if (!table) {
      return tl::unexpected(table.error());
    }
    const auto page = trainer::to_report(options_.task, *table, command_line_);
    if (auto written = trainer::write_html(options_.out / "report.html", page); !written) {
      return written;
    }
    fmt::print(
        "{}",
        command_.json ? trainer::to_json(options_.task, *table) + "\n" : trainer::to_text(*table));
    return {};
  }

  const FewShotCommand& command_;
  const trainer::TrainOptions options_;
  const std::string identity_;
  const std::string command_line_;
  std::unique_ptr<TrainingSession> session_;
  std::vector<FewShotRun> runs_;
};

}  // namespace

void add_few_shot_command(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<FewShotCommand>();
  CLI::App* few = app.add_subcommand("few-shot", "Train on few events; the table over seeds");
  few->footer(kFooter);
  add_train_options(*few, command->train);
  few->remove_option(few->get_option("--seed"));
  few->add_option("--shares", command->shares, "Shares of the events to train on")
      ->delimiter(',')
      ->check(CLI::Range(1e-6, 0.99))
      ->type_name("SHARE,...")
      ->capture_default_str();
  few->add_option("--seeds", command->seeds, "A run for each of them and each share")
      ->delimiter(',')
      ->type_name("N,...")
      ->capture_default_str();
  few->add_option("--validation", command->validation, "Share of the events validated on")
      ->check(CLI::Range(1e-6, 0.99))
      ->type_name("SHARE")
      ->capture_default_str();
  few->add_flag("--json", command->json, "The table as one JSON object");
  few->callback([command, few, &context] {
    keep_each_once(command->shares);
    keep_each_once(command->seeds);
    FewShot protocol(*command, options_identity(*few, kFree), command_line_of(*few));
    if (const auto done = protocol.run(); !done) {
      fmt::print(stderr, "geod few-shot: {}\n", done.error().what);
      context.exit_code = kExitFailure;
    }
  });
}

}  // namespace geod
