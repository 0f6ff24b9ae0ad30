#include "daemon/train_command.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "daemon/enum_option.hpp"
#include "daemon/signals.hpp"
#include "models/engine.hpp"
#include "trainer/train_options.hpp"

namespace geod {
namespace {

using trainer::Preset;
using trainer::TrainOptions;

struct TrainCommand {
  TrainOptions options;
  std::string task = "dpk";
  std::optional<double> learning_rate;
};

constexpr double kSeismollmRate = 1e-3;
constexpr const char* kFooter =
    "The first Ctrl-C ends the run with a checkpoint in OUT.run; the same command continues it.\n"
    "Metrics, one JSON object a line: OUT.run/metrics.jsonl. Formats of the data: "
    "docs/training.md.\n\n"
    "Examples:\n"
    "  geod synth seismic --out demo-data --count 40 --seed 1\n"
    "  geod train --task dpk --data demo-data --out demo-model --steps 200\n"
    "  geod train --task dpk --data starter/dataset.json --hold-out-fold 0 --minutes 60 --out "
    "model-1\n"
    "  geod train --task dpk --data mine/ --init model-1 --lr 5e-4 --steps 800 --out model-2\n"
    "  geod import gpt2 gpt2/model.safetensors --out models\n"
    "  geod train --task dpk --data mine/ --geometry seismollm-stead --preset seismollm --trunk "
    "models/gpt2-0123456789ab --out model-3\n\n"
    "Exit codes: 0 done or stopped on request, 1 failed, 2 wrong command line.";

/// Turns the first SIGINT or SIGTERM into a stop request; the second ends the process.
class StopOnSignal {
 public:
  StopOnSignal()
      : thread_([this](const std::stop_token& ending) {
          while (!ending.stop_requested()) {
            pollfd waiting{signals_.fd(), POLLIN, 0};
            constexpr int kPollMs = 200;
            if (::poll(&waiting, 1, kPollMs) > 0 && signals_.next()) {
              if (stop_.stop_requested()) {
                std::_Exit(kExitFailure);
              }
              stop_.request_stop();
            }
          }
        }) {}

  std::stop_token token() const { return stop_.get_token(); }

 private:
  SignalFd signals_;
  std::stop_source stop_;
  std::jthread thread_;  // last: joins first
};

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(seconds);
  return whole >= 3600 ? fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60)
                       : fmt::format("{}m{:02}s", whole / 60, whole % 60);
}

/// One line that is rewritten on a terminal, plain lines elsewhere.
trainer::TrainObserver make_observer() {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  trainer::TrainObserver observer;
  observer.progress = [terminal](const trainer::TrainProgress& p) {
    fmt::print(stderr,
               "{}step {}/{}  loss {:.5f}  lr {:.2e}  {:.1f} windows/s  {} left{}",
               terminal ? "\r\033[K" : "",
               p.step,
               p.steps,
               p.loss,
               p.learning_rate,
               p.windows_per_s,
               duration_text(p.remaining_s),
               terminal ? "" : "\n");
    std::fflush(stderr);
  };
  observer.note = [terminal](const std::string& text) {
    fmt::print(stderr, "{}{}\n", terminal ? "\r\033[K" : "", text);
  };
  return observer;
}

Result<trainer::TrainReport> train(const TrainOptions& options) {
  const StopOnSignal stop;  // before any thread, so that all inherit the blocked signals
  const auto module = models::ComputeModule::load();
  if (!module) {
    return tl::unexpected(module.error());
  }
  const auto symbol = module->symbol("geod_train_picker");
  if (!symbol) {
    return tl::unexpected(symbol.error());
  }
  const auto function = reinterpret_cast<trainer::TrainFunction>(*symbol);
  Result<trainer::TrainReport> report;
  function(options, make_observer(), stop.token(), report);
  return report;
}

int run(TrainCommand& command) {
  TrainOptions& options = command.options;
  if (command.learning_rate) {
    options.learning_rate = *command.learning_rate;
  } else if (options.preset == Preset::kSeismollm) {
    options.learning_rate = kSeismollmRate;
  }
  const auto report = train(options);
  if (!report) {
    fmt::print(stderr, "geod train: {}\n", report.error().what);
    return kExitFailure;
  }
  if (report->stopped) {
    fmt::print(stderr,
               "stopped at step {}; the same command continues from {}.run\n",
               report->steps,
               options.out.string());
  } else {
    fmt::print("{}\n", options.out.string());
  }
  return kExitOk;
}

/// The command as typed, for the provenance.
std::string command_line_of(const CLI::App& app) {
  std::string text = "geod train";
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& value : option->results()) {
      text += fmt::format(
          " {}{}", option->get_name(), option->get_items_expected() == 0 ? "" : " " + value);
    }
  }
  return text;
}

void add_schedule_options(CLI::App& app, TrainCommand& command) {
  TrainOptions& o = command.options;
  app.add_option("--steps", o.steps, "Optimiser steps; the schedule is laid over them")
      ->type_name("STEPS")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--minutes", o.minutes, "End earlier, after this much time (0: no limit)")
      ->type_name("MINUTES")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--batch", o.batch_windows, "Windows a step")
      ->type_name("WINDOWS")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option(
         "--lr", command.learning_rate, "Peak learning rate (default 2e-3, preset seismollm 1e-3)")
      ->type_name("RATE")
      ->check(CLI::PositiveNumber);
  app.add_option("--warmup", o.warmup_steps, "Steps of linear warm-up (preset geod)")
      ->type_name("STEPS")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--average",
                 o.average_decay,
                 "Decay a step of the averaged weights, 0: no average (preset geod)")
      ->type_name("FACTOR")
      ->check(CLI::Range(0.0, 0.99999))
      ->capture_default_str();
  app.add_option("--clip", o.max_gradient_norm, "Largest gradient norm, 0: any (preset geod)")
      ->type_name("NORM")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--sigma-start",
                 o.sigma_start_samples,
                 "Standard deviation of the label at the start (preset geod)")
      ->type_name("SAMPLES")
      ->check(CLI::Range(1.0, 200.0))
      ->capture_default_str();
  app.add_option("--sigma",
                 o.sigma_samples,
                 "Standard deviation of the label from 40 % of the steps on (preset geod)")
      ->type_name("SAMPLES")
      ->check(CLI::Range(1.0, 200.0))
      ->capture_default_str();
  app.add_option("--hand-share",
                 o.hand_labelled_rate,
                 "Of the events, share from recordings of kind windows (preset geod)")
      ->type_name("FRACTION")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--cycle-up",
                 o.cycle_up_steps,
                 "Steps in which the rate rises, of each cycle (preset seismollm)")
      ->type_name("STEPS")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option(
         "--cycle-down", o.cycle_down_steps, "Steps in which it falls again (preset seismollm)")
      ->type_name("STEPS")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--patience",
                 o.patience_epochs,
                 "Epochs without gain before the run ends (preset seismollm)")
      ->type_name("EPOCHS")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

void add_run_options(CLI::App& app, TrainCommand& command) {
  TrainOptions& o = command.options;
  app.add_option("--hold-out-fold",
                 o.hold_out_folds,
                 "Fold that is validated on, not trained on (may be given again)")
      ->type_name("K");
  app.add_flag("--hold-out-windows", o.hold_out_windows, "Hold out all analyst-labelled windows");
  app.add_option("--validate",
                 o.validate_steps,
                 "Score the held-out recordings every N steps (default: at the end)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--checkpoint",
                 o.checkpoint_steps,
                 "Save a checkpoint every N steps, 0: only when stopped")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--report", o.report_steps, "A line of progress every N steps, 0: none")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--seed", o.seed, "Same seed, same data, same weights (CPU, one thread)")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--threads", o.threads, "Threads of the network; batches are made on one more")
      ->type_name("THREADS")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_flag("--bf16", o.bfloat16, "Mixed precision; measure first, it can be slower");
  app.add_option("--name", o.name, "Name in the manifest")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--model-version", o.version, "Version in the manifest")
      ->type_name("VERSION")
      ->capture_default_str();
}

}  // namespace

void add_train_command(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<TrainCommand>();
  TrainOptions& o = command->options;
  CLI::App* train = app.add_subcommand("train", "Train a picker on labelled recordings");
  train->footer(kFooter);
  train->add_option("--task", command->task, "dpk: phase picking")
      ->type_name("TASK")
      ->check(CLI::IsMember({"dpk"}))
      ->capture_default_str();
  train->add_option("--data", o.data, "dataset.json, its folder, or a folder with labels.csv")
      ->required()
      ->type_name("PATH");
  train->add_option("--out", o.out, "Model folder to write")->required()->type_name("DIR");
  take_names_of<Preset>(
      train->add_option("--preset", o.preset, "geod: for dense sequences; seismollm: as published")
          ->type_name("NAME"),
      {{"geod", Preset::kGeod}, {"seismollm", Preset::kSeismollm}});
  train
      ->add_option(
          "--geometry", o.geometry, "starter, seismollm-diting, seismollm-stead, or FILE.json")
      ->type_name("NAME")
      ->capture_default_str();
  CLI::Option* init =
      train->add_option("--init", o.init, "Model folder to start from (its geometry is used)")
          ->type_name("DIR");
  train
      ->add_option("--trunk",
                   o.trunk,
                   "Folder of geod import gpt2: its first blocks become the trunk, the rest is "
                   "fresh; GPT-2 small fits the two seismollm geometries")
      ->type_name("DIR")
      ->excludes(init);
  add_schedule_options(*train, *command);
  add_run_options(*train, *command);
  train->callback([command, train, &context] {
    command->options.command_line = command_line_of(*train);
    context.exit_code = run(*command);
  });
}

}  // namespace geod
