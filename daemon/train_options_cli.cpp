#include "daemon/train_options_cli.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "daemon/enum_option.hpp"
#include "daemon/inversion_options_cli.hpp"
#include "daemon/split_options_cli.hpp"
#include "trainer/image_tasks.hpp"

namespace geod {
namespace {

using models::Task;
using trainer::LoraTarget;
using trainer::Method;
using trainer::Preset;
using trainer::TrainOptions;

constexpr double kGeodRate = 2e-3;
constexpr double kSeismollmRate = 1e-3;

constexpr double kImageRate = 5e-4;
constexpr double kImageFullRate = 1e-4;
constexpr double kPaperRate = 1e-5;
constexpr std::int64_t kImageEpochs = 100;

constexpr double kInversionRate = 8e-4;
constexpr double kInversionFullRate = 2e-4;
constexpr std::int64_t kInversionBatch = 128;
constexpr std::int64_t kInversionEpochs = 40;
constexpr std::int64_t kPublishedInversionEpochs = 120;

double default_rate(const TrainOptions& options) {
  if (options.task == Task::kFwi) {
    return method_of(options) == Method::kFull && options.preset != Preset::kPaper
               ? kInversionFullRate
               : kInversionRate;
  }
  if (options.preset == Preset::kPaper) {
    return kPaperRate;
  }
  if (models::is_image_task(options.task)) {
    return method_of(options) == Method::kFull ? kImageFullRate : kImageRate;
  }
  return options.preset == Preset::kSeismollm ? kSeismollmRate : kGeodRate;
}

constexpr Method kMethods[] = {Method::kLora,
                               Method::kFull,
                               Method::kBitFit,
                               Method::kNorms,
                               Method::kHead,
                               Method::kScratch,
                               Method::kSsf,
                               Method::kAdaptFormer,
                               Method::kPrompt};
constexpr LoraTarget kTargets[] = {
    LoraTarget::kAttention, LoraTarget::kAttentionOut, LoraTarget::kMlp, LoraTarget::kMlpOut};

template <class Enum, std::size_t N>
std::vector<std::string> names_of(const Enum (&values)[N]) {
  std::vector<std::string> names;
  for (const Enum value : values) {
    names.emplace_back(to_string(value));
  }
  return names;
}

/// The value of a name that CLI11 has checked.
template <class Enum, std::size_t N>
Enum value_of(const Enum (&values)[N], const std::string& name) {
  return *std::ranges::find_if(values, [&](Enum value) { return to_string(value) == name; });
}

void add_data_options(CLI::App& app, TrainCommand& command) {
  TrainOptions& o = command.options;
  app.add_option("--task",
                 command.task,
                 "dpk: phase picks, pmp: first-motion polarity, baz: back-azimuth, emg: magnitude, "
                 "dis: distance; images: das: events on a fibre, facies, salt, crater, fault; fwi: "
                 "velocity "
                 "maps from shots")
      ->type_name("TASK")
      ->check(CLI::IsMember(
          {"dpk", "pmp", "baz", "emg", "dis", "das", "facies", "salt", "crater", "fault", "fwi"}))
      ->capture_default_str();
  app.add_option(
         "--data",
         o.data,
         "dataset.json, its folder, or a folder with labels.csv; images: a folder with images/ "
         "and labels/, or in the paper's layout; fwi: a folder in OpenFWI's layout")
      ->required()
      ->type_name("PATH");
  app.add_option(
         "--out",
         o.out,
         "Model folder to write; of the methods that leave the base as it is (lora, bitfit, "
         "norms, head, ssf, adaptformer, prompt, with --init) the folder to write the bundle "
         "NAME-VERSION into")
      ->required()
      ->type_name("DIR");
  take_names_of<Preset>(
      app.add_option("--preset",
                     o.preset,
                     "geod: for use; as published: seismollm, and of the image tasks and fwi paper")
          ->type_name("NAME"),
      {{"geod", Preset::kGeod}, {"seismollm", Preset::kSeismollm}, {"paper", Preset::kPaper}});
  app.add_option("--hold-out-fold",
                 o.hold_out_folds,
                 "Fold that is validated on, not trained on (may be given again)")
      ->type_name("K");
  app.add_flag("--hold-out-windows", o.hold_out_windows, "Hold out all analyst-labelled windows");
  add_split_options(app, o.split);
}

void add_method_options(CLI::App& app, TrainCommand& command) {
  TrainOptions& o = command.options;
  app.add_option("--geometry",
                 o.geometry,
                 "starter, seismollm-diting, seismollm-stead, or FILE.json; images: starter-das, "
                 "dinov2-small, -base, -large; fwi: inversionnet")
      ->type_name("NAME")
      ->capture_default_str();
  CLI::Option* init =
      app.add_option("--init", o.init, "Model folder to start from (its geometry is used)")
          ->type_name("DIR");
  app.add_option("--trunk",
                 o.trunk,
                 "Folder of geod import gpt2: its first blocks become the trunk, the rest is "
                 "fresh; GPT-2 small fits the two seismollm geometries")
      ->type_name("DIR")
      ->excludes(init);
  app.add_option("--method",
                 command.method,
                 "What trains: lora (default with --init or --trunk), full, bitfit, norms, head, "
                 "scratch (default without); of fwi also ssf, adaptformer, prompt")
      ->type_name("NAME")
      ->check(CLI::IsMember(names_of(kMethods)));
  app.add_option("--lora-rank", o.lora.rank, "Rank of the pairs (default 16)")
      ->type_name("RANK")
      ->check(CLI::Range(1, 1024));
  app.add_option("--lora-alpha", o.lora.alpha, "Their scale times the rank (default: the rank)")
      ->type_name("ALPHA")
      ->check(CLI::PositiveNumber);
  app.add_option("--lora-dropout", o.lora.dropout, "Dropout before the pairs (default 0.1)")
      ->type_name("P")
      ->check(CLI::Range(0.0, 0.9));
  app.add_option("--lora-targets",
                 command.lora_targets,
                 "Layers whose pairs train (default all): attn.c_attn,attn.c_proj,mlp.c_fc,"
                 "mlp.c_proj")
      ->type_name("LAYERS")
      ->delimiter(',')
      ->check(CLI::IsMember(names_of(kTargets)));
}

void add_schedule_options(CLI::App& app, TrainCommand& command) {
  TrainOptions& o = command.options;
  app.add_option(
         "--steps",
         command.steps,
         "Optimiser steps; the schedule is laid over them (default 4000; images, fwi: --epochs)")
      ->type_name("STEPS")
      ->check(CLI::PositiveNumber);
  app.add_option("--epochs",
                 o.epochs,
                 "Images, fwi: times every one is seen, instead of --steps (default 100; fwi 40, "
                 "preset paper 120)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000));
  app.add_option("--minutes", o.minutes, "End earlier, after this much time (0: no limit)")
      ->type_name("MINUTES")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--batch",
                 command.batch,
                 "Windows a step (default 16), images (default: the paper's, das 6), samples of "
                 "fwi (default "
                 "128)")
      ->type_name("WINDOWS")
      ->check(CLI::Range(1, 4096));
  app.add_option("--accumulate",
                 o.accumulate_steps,
                 "Parts that the windows of a step are computed in, for less memory")
      ->type_name("PARTS")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--lr",
                 command.learning_rate,
                 "Peak learning rate (default 2e-3, preset seismollm 1e-3, images 5e-4, "
                 "with --method full 1e-4, preset paper 1e-5; fwi 8e-4, with --method full 2e-4)")
      ->type_name("RATE")
      ->check(CLI::PositiveNumber);
  app.add_option("--patience",
                 o.patience,
                 "Validations without gain before the run ends (preset seismollm: epochs)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

/// Of one preset alone.
void add_preset_options(CLI::App& app, TrainCommand& command) {
  TrainOptions& o = command.options;
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
}

void add_machine_options(CLI::App& app, TrainCommand& command) {
  TrainOptions& o = command.options;
  app.add_option("--threads", o.threads, "Threads of the network on a CPU")
      ->type_name("THREADS")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--workers", o.workers, "Threads that make batches ahead of the network")
      ->type_name("WORKERS")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--device", o.device, "cpu, cuda or cuda:N")
      ->type_name("DEVICE")
      ->check(CLI::Validator(
          [](const std::string& text) {
            const bool known = text == "cpu" || text == "cuda" ||
                               (text.starts_with("cuda:") && text.size() > 5 &&
                                text.find_first_not_of("0123456789", 5) == std::string::npos);
            return known ? std::string{} : "'" + text + "' is none of cpu, cuda, cuda:N";
          },
          ""))
      ->capture_default_str();
  app.add_flag("--bf16", o.bfloat16, "Mixed precision; measure first, it can be slower on a CPU");
  app.add_flag("!--no-tf32", o.tf32, "Full float32 in matrix products on CUDA");
}

/// Several processes, one command each.
void add_world_options(CLI::App& app, TrainCommand& command) {
  trainer::WorldOptions& world = command.options.world;
  CLI::Option* size = app.add_option("--world", world.size, "Processes that train together")
                          ->type_name("N")
                          ->check(CLI::Range(1, 1024))
                          ->capture_default_str();
  app.add_option("--rank", world.rank, "Which of them this one is, from 0")
      ->type_name("R")
      ->check(CLI::NonNegativeNumber)
      ->needs(size);
  CLI::Option* store =
      app.add_option(
             "--store",
             world.store,
             "Where they find each other: file:PATH (one machine) or tcp://HOST:PORT (rank 0 "
             "listens there; trusted networks only)")
          ->type_name("STORE");
  store->needs(size);
}

void add_run_options(CLI::App& app, TrainCommand& command) {
  TrainOptions& o = command.options;
  app.add_option("--validate",
                 o.validate_steps,
                 "Validate on the held-out recordings every N steps (default: at the end; preset "
                 "seismollm: every epoch)")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--keep", o.keep_best, "Weights of the best N validations are kept in OUT.run")
      ->type_name("N")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
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
  app.add_option("--name", o.name, "Name in the manifest (default: picker, or the task)")
      ->type_name("NAME");
  app.add_option("--model-version", o.version, "Version in the manifest")
      ->type_name("VERSION")
      ->capture_default_str();
}

}  // namespace

void add_train_options(CLI::App& app, TrainCommand& command) {
  add_data_options(app, command);
  add_method_options(app, command);
  add_schedule_options(app, command);
  add_preset_options(app, command);
  add_image_options(app, command.image);
  add_inversion_options(app, command.options.inversion);
  add_run_options(app, command);
  add_machine_options(app, command);
  add_world_options(app, command);
}

TrainOptions resolved(const TrainCommand& command) {
  TrainOptions options = command.options;
  options.task = *models::parse_task(command.task);
  if (!command.method.empty()) {
    options.method = value_of(kMethods, command.method);
  }
  for (const std::string& name : command.lora_targets) {
    options.lora.targets.push_back(value_of(kTargets, name));
  }
  options.image = resolved(command.image);
  std::int64_t default_epochs = 0;
  switch (models::input_of(options.task)) {
    case models::InputKind::kSeismograms:
      break;
    case models::InputKind::kImages:
      options.batch_windows = trainer::image_task(options.task).batch_images;
      default_epochs = kImageEpochs;
      break;
    case models::InputKind::kShots:
      options.batch_windows = kInversionBatch;
      default_epochs =
          options.preset == Preset::kPaper ? kPublishedInversionEpochs : kInversionEpochs;
      break;
  }
  if (!command.steps && options.epochs == 0) {
    options.epochs = default_epochs;
  }
  options.batch_windows = command.batch.value_or(options.batch_windows);
  options.steps = command.steps.value_or(options.steps);
  options.learning_rate = command.learning_rate.value_or(default_rate(options));
  if (options.name.empty()) {
    options.name = options.task == Task::kDpk ? "picker" : command.task;
  }
  return options;
}

}  // namespace geod
