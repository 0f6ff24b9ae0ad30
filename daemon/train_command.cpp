#include "daemon/train_command.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "daemon/signals.hpp"
#include "daemon/train_options_cli.hpp"
#include "models/engine.hpp"
#include "trainer/train_options.hpp"

namespace geod {
namespace {

using trainer::TrainOptions;

constexpr const char* kFooter =
    "The first Ctrl-C ends the run with a checkpoint in OUT.run; the same command continues it.\n"
    "Metrics, one JSON object a line: OUT.run/metrics.jsonl. Formats of the data: "
    "docs/training.md.\n\n"
    "Examples:\n"
    "  geod synth seismic --out demo-data --count 40 --seed 1\n"
    "  geod train --task dpk --data demo-data --out demo-model --steps 200\n"
    "  geod train --task dpk --data starter/dataset.json --hold-out-fold 0 --minutes 60 --out "
    "model-1\n"
    "  geod train --task dpk --data mine/ --init model-1 --method full --lr 5e-4 --steps 800 --out "
    "model-2\n"
    "  geod train --task emg --data mine/ --init model-1 --method lora --out adapters\n"
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
  const auto symbol = module->symbol("geod_train");
  if (!symbol) {
    return tl::unexpected(symbol.error());
  }
  const auto function = reinterpret_cast<trainer::TrainFunction>(*symbol);
  Result<trainer::TrainReport> report;
  function(options, make_observer(), stop.token(), report);
  return report;
}

int run(const TrainOptions& options) {
  const auto report = train(options);
  if (!report) {
    fmt::print(stderr, "geod train: {}\n", report.error().what);
    return kExitFailure;
  }
  if (report->stopped) {
    fmt::print(stderr,
               "stopped at step {}; the same command continues from {}\n",
               report->steps,
               trainer::run_folder(options).string());
  } else if (!report->out.empty()) {
    fmt::print("{}\n", report->out.string());
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

}  // namespace

void add_train_command(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<TrainCommand>();
  CLI::App* train = app.add_subcommand("train", "Train a network on labelled recordings");
  train->footer(kFooter);
  add_train_options(*train, *command);
  train->callback([command, train, &context] {
    TrainOptions options = resolved(*command);
    options.command_line = command_line_of(*train);
    context.exit_code = run(options);
  });
}

}  // namespace geod
