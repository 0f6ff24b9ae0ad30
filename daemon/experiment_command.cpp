#include "daemon/experiment_command.hpp"

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
#include "daemon/inversion_eval.hpp"
#include "daemon/train_options_cli.hpp"
#include "daemon/training_session.hpp"
#include "models/file_io.hpp"
#include "trainer/inversion_experiment.hpp"

namespace geod {
namespace {

using nlohmann::json;
using trainer::InversionExperiment;
using trainer::InversionMethod;
using trainer::InversionPlan;
using trainer::InversionRun;

constexpr const char* kFooter =
    "Every network is tested on the validation parts of all targets. A stopped command goes on "
    "where "
    "it was: runs that are done are kept under OUT, with result.json and report.html at the end. "
    "All "
    "other options are those of geod train and hold for every run.\n\n"
    "Examples:\n"
    "  geod experiment fwi ood --pretrain curvevel-a --pretrain flatfault-a --target flatvel-b "
    "--target style-a --out ood --preset paper\n"
    "  geod experiment fwi low-data --base pfm-1 --target flatvel-b --target style-a --out low "
    "--seeds 1,2,3\n"
    "  geod experiment fwi rank-alpha --base pfm-1 --target flatvel-b --alphas 4,16,64 --out "
    "ranks\n"
    "\n"
    "Exit codes: 0 done or stopped on request, 1 failed, 2 wrong command line.";

/// Options of geod train that an experiment sets by itself.
constexpr const char* kOwn[] = {"--trunk",
                                "--init",
                                "--task",
                                "--data",
                                "--method",
                                "--more-data",
                                "--test-data",
                                "--share",
                                "--share-seed",
                                "--lora-rank",
                                "--lora-alpha",
                                "--seed"};
/// Options that may differ when a command goes on: they change no run.
constexpr const char* kFree[] = {
    "--seeds", "--json", "--threads", "--workers", "--report", "--percents", "--ranks", "--alphas"};

struct ExperimentCommand {
  TrainCommand train;
  InversionExperiment kind = InversionExperiment::kOod;
  std::filesystem::path base;
  std::vector<std::filesystem::path> pretrain;
  std::int64_t pretrain_epochs = 0;  ///< 0: as --epochs or --steps
  std::vector<std::filesystem::path> targets;
  trainer::InversionMatrix matrix;
  bool json = false;
};

class Experiment {
 public:
  Experiment(const ExperimentCommand& command, std::string identity, std::string command_line)
      : command_(command),
        identity_(std::move(identity)),
        command_line_(std::move(command_line)),
        out_(command.train.options.out) {}

  Result<void> run() {
    if (command_.base.empty() == command_.pretrain.empty()) {
      return fail(Errc::kConfig,
                  "--base DIR, a pretrained network, or --pretrain DIR, sets to pretrain one on: "
                  "give one of the two");
    }
    std::error_code error;
    std::filesystem::create_directories(out_, error);
    if (error) {
      return fail(Errc::kIo, "{}: {}", out_.string(), error.message());
    }
    trainer::InversionMatrix matrix = command_.matrix;
    matrix.targets = command_.targets.size();
    for (const InversionPlan& plan : trainer::plan_of(command_.kind, matrix)) {
      const auto done = add_run(plan);
      if (!done) {
        return tl::unexpected(done.error());
      }
      if (!*done) {
        fmt::print(stderr, "stopped; the same command goes on\n");
        return {};
      }
    }
    return report();
  }

 private:
  std::string target_name(const InversionPlan& plan) const {
    std::error_code error;
    return std::filesystem::weakly_canonical(command_.targets[plan.target], error)
        .filename()
        .string();
  }

  /// The pretrained network of a seed; with --base one for all.
  std::filesystem::path base_of(std::uint64_t seed) const {
    return command_.base.empty() ? out_ / fmt::format("pretrained-{}", seed) : command_.base;
  }

  /// What geod train is asked for.
  trainer::TrainOptions options_of(const InversionPlan& plan, const std::string& name) const {
    TrainCommand train = command_.train;
    train.task = "fwi";
    train.options.seed = plan.seed;
    train.options.out = out_ / name;
    train.options.command_line = command_line_;
    train.options.inversion.tests = command_.targets;
    if (!plan.method) {
      train.method = "scratch";
      train.options.data = command_.pretrain.front();
      train.options.inversion.more_data.assign(command_.pretrain.begin() + 1,
                                               command_.pretrain.end());
      if (command_.pretrain_epochs > 0) {
        train.options.epochs = command_.pretrain_epochs;
      }
      return resolved(train);
    }
    train.options.data = command_.targets[plan.target];
    train.options.inversion.tests.erase(train.options.inversion.tests.begin() +
                                        static_cast<std::ptrdiff_t>(plan.target));
    train.options.inversion.share = plan.percent / 100.0;
    train.options.inversion.share_seed = plan.seed;
    if (*plan.method == InversionMethod::kBaseline) {
      train.method = "scratch";
      return resolved(train);
    }
    train.method = *plan.method == InversionMethod::kFull ? "full" : "lora";
    train.options.init = base_of(plan.seed);
    train.options.inversion.width.reset();  // that of the base
    train.options.lora.rank = plan.rank;
    train.options.lora.alpha = plan.alpha;
    return resolved(train);
  }

  /// False: stopped on request.
  Result<bool> add_run(const InversionPlan& plan) {
    const std::string trained_on = plan.method ? target_name(plan) : "-";
    const std::string name = trainer::run_name(plan, trained_on);
    const std::filesystem::path file = out_ / (name + ".json");
    const auto finished = finished_run(file, identity_);
    if (!finished) {
      return tl::unexpected(finished.error());
    }
    if (*finished) {
      const json kept = json::parse(**finished);
      runs_.push_back({plan,
                       trained_on,
                       kept.value("trainable", std::int64_t{0}),
                       kept.value("steps", std::int64_t{0}),
                       kept.value("wall_s", 0.0),
                       kept["scores"].dump()});
      return true;
    }
    fmt::print(stderr, "{}\n", name);
    auto run = plan.method || command_.base.empty() ? train(plan, name) : look_at_base(plan);
    if (!run) {
      return fail_with(run.error(), name);
    }
    if (!run->has_value()) {
      return false;
    }
    (*run)->trained_on = trained_on;
    const json kept{{"trainable", (*run)->trainable},
                    {"steps", (*run)->steps},
                    {"wall_s", (*run)->wall_s},
                    {"scores", json::parse((*run)->scores_json)}};
    if (auto written = keep_finished(file, identity_, kept.dump()); !written) {
      return tl::unexpected(written.error());
    }
    runs_.push_back(std::move(**run));
    return true;
  }

  /// Nothing: stopped on request.
  Result<std::optional<InversionRun>> train(const InversionPlan& plan, const std::string& name) {
    const trainer::TrainOptions options = options_of(plan, name);
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
      return tl::unexpected(report.error());
    }
    if (report->stopped) {
      return std::optional<InversionRun>();
    }
    return InversionRun{
        plan, {}, report->trainable, report->steps, report->wall_s, report->test_scores_json};
  }

  Result<std::optional<InversionRun>> look_at_base(const InversionPlan& plan) const {
    InversionModel model;
    model.folder = command_.base;
    model.threads = command_.train.options.threads;
    const auto tests = score_inversion_model(model, command_.targets);
    if (!tests) {
      return tl::unexpected(tests.error());
    }
    return InversionRun{plan, {}, 0, 0, 0.0, trainer::inversion_tests_to_json(*tests)};
  }

  Result<void> report() const {
    const auto rows = trainer::inversion_rows(command_.kind, runs_);
    if (!rows) {
      return tl::unexpected(rows.error());
    }
    const std::string result = trainer::experiment_to_json(command_.kind, runs_, *rows) + "\n";
    const std::span<const std::byte> chunks[] = {std::as_bytes(std::span(result))};
    if (auto written = models::write_file_atomically(out_ / "result.json", chunks); !written) {
      return written;
    }
    if (auto written =
            trainer::write_html(out_ / "report.html",
                                trainer::experiment_to_report(command_.kind, *rows, command_line_));
        !written) {
      return written;
    }
    fmt::print("{}", command_.json ? result : trainer::experiment_to_text(command_.kind, *rows));
    return {};
  }

  const ExperimentCommand& command_;
  const std::string identity_;
  const std::string command_line_;
  const std::filesystem::path out_;
  std::unique_ptr<TrainingSession> session_;
  std::vector<InversionRun> runs_;
};

void add_matrix_options(CLI::App& app, ExperimentCommand& command) {
  app.add_option("--base", command.base, "Pretrained network that is tuned")->type_name("DIR");
  app.add_option("--pretrain",
                 command.pretrain,
                 "Set to pretrain a network on first, all of them together (may be given again)")
      ->type_name("DIR");
  app.add_option("--pretrain-epochs",
                 command.pretrain_epochs,
                 "Epochs of that (default: those of the other runs)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--target",
                 command.targets,
                 "Set to train and to test on (may be given again; rank-alpha trains on the first)")
      ->required()
      ->type_name("DIR");
  app.add_option("--seeds", command.matrix.seeds, "All runs for each of them")
      ->delimiter(',')
      ->type_name("N,...")
      ->capture_default_str();
  if (command.kind == InversionExperiment::kLowData) {
    app.add_option("--percents", command.matrix.percents, "Shares of the training samples")
        ->delimiter(',')
        ->check(CLI::Range(1, 100))
        ->type_name("P,...")
        ->capture_default_str();
  }
  if (command.kind == InversionExperiment::kRankAlpha) {
    app.add_option("--ranks", command.matrix.ranks, "Ranks of the LoRA pairs")
        ->delimiter(',')
        ->check(CLI::Range(1, 1024))
        ->type_name("R,...")
        ->capture_default_str();
    app.add_option("--alphas", command.matrix.alphas, "Their alphas, each with each rank")
        ->delimiter(',')
        ->check(CLI::PositiveNumber)
        ->type_name("A,...")
        ->capture_default_str();
  }
  app.add_flag("--json", command.json, "The result as one JSON object");
}

void add_kind(CLI::App& fwi,
              InversionExperiment kind,
              const char* description,
              CommandContext& context) {
  auto command = std::make_shared<ExperimentCommand>();
  command->kind = kind;
  CLI::App* app = fwi.add_subcommand(std::string(to_string(kind)), description);
  app->footer(kFooter);
  add_train_options(*app, command->train);
  for (const char* name : kOwn) {
    app->remove_option(app->get_option(name));
  }
  add_matrix_options(*app, *command);
  app->callback([command, app, &context] {
    Experiment experiment(*command, options_identity(*app, kFree), command_line_of(*app));
    if (const auto done = experiment.run(); !done) {
      fmt::print(stderr, "geod experiment: {}\n", done.error().what);
      context.exit_code = kExitFailure;
    }
  });
}

}  // namespace

void add_experiment_command(CLI::App& app, CommandContext& context) {
  CLI::App* experiment =
      app.add_subcommand("experiment", "The published matrices of runs, and their tables");
  experiment->require_subcommand(1);
  CLI::App* fwi = experiment->add_subcommand("fwi", "Full-waveform inversion with InversionNet");
  fwi->require_subcommand(1);
  add_kind(*fwi,
           InversionExperiment::kOod,
           "From scratch, all weights and LoRA; each tested on every target",
           context);
  add_kind(*fwi,
           InversionExperiment::kLowData,
           "All weights and LoRA on shares of the training samples",
           context);
  add_kind(*fwi, InversionExperiment::kRankAlpha, "LoRA of several ranks and alphas", context);
}

}  // namespace geod
