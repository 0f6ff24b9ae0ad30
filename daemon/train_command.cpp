#include "daemon/train_command.hpp"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/train_catalog_cli.hpp"
#include "daemon/train_options_cli.hpp"
#include "daemon/training_session.hpp"
#include "trainer/train_options.hpp"

namespace geod {
namespace {

using trainer::TrainOptions;

constexpr const char* kFooter =
    "The first Ctrl-C ends the run with a checkpoint in OUT.run; the same command continues it.\n"
    "Metrics: OUT.run/metrics.jsonl and TensorBoard events; report: OUT.run/report.html. Formats "
    "of the data: "
    "docs/training.md.\n\n"
    "Examples:\n"
    "  geod synth seismic --out demo-data --count 40 --seed 1\n"
    "  geod train --task dpk --data demo-data --out demo-model --steps 200\n"
    "  geod train --task dpk --data starter/dataset.json --hold-out-fold 0 --minutes 60 --out "
    "model-1\n"
    "  geod train --task dpk --data mine/ --init model-1 --method full --lr 5e-4 --steps 800 --out "
    "model-2\n"
    "  geod train --task emg --data mine/ --init model-1 --method lora --out adapters\n"
    "  geod train --from-catalog --init model-1 --method lora --out adapters\n"
    "  geod train --task das --data tiles/ --geometry starter-das --epochs 40 --out das-1\n"
    "  geod import gpt2 gpt2/model.safetensors --out models\n"
    "  geod train --task dpk --data mine/ --geometry seismollm-stead --preset seismollm --trunk "
    "models/gpt2-0123456789ab --out model-3\n\n"
    "Exit codes: 0 done or stopped on request, 1 failed, 2 wrong command line, "
    "78 wrong configuration.";

int run(const TrainOptions& options) {
  auto session = TrainingSession::open();
  const auto report = session ? (*session)->train(options)
                              : Result<trainer::TrainReport>(tl::unexpected(session.error()));
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

}  // namespace

void add_train_command(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<TrainCommand>();
  auto catalog = std::make_shared<TrainCatalogCommand>();
  CLI::App* train = app.add_subcommand("train", "Train a network on labelled recordings or images");
  train->footer(kFooter);
  add_train_options(*train, *command);
  add_train_catalog_options(*train, *catalog, context);
  train->callback([command, catalog, train, &context] {
    TrainOptions options = resolved(*command);
    options.command_line = command_line_of(*train);
    if (options.data.empty() && !catalog->from_catalog) {
      throw CLI::RequiredError("--data or --from-catalog");
    }
    if (catalog->from_catalog) {
      if (const auto used = use_catalog(*catalog, context, options); !used) {
        fmt::print(stderr, "geod train: {}\n", used.error().what);
        context.exit_code = used.error().code == Errc::kConfig ? kExitConfig : kExitFailure;
        return;
      }
    }
    context.exit_code = run(options);
  });
}

}  // namespace geod
