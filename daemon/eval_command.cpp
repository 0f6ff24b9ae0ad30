#include "daemon/eval_command.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "adapters/bundle.hpp"
#include "daemon/image_eval.hpp"
#include "daemon/installation.hpp"
#include "daemon/inversion_eval.hpp"
#include "daemon/split_options_cli.hpp"
#include "trainer/dataset.hpp"
#include "trainer/engine_scorer.hpp"
#include "trainer/pick_report.hpp"
#include "trainer/scalar_report.hpp"
#include "trainer/training_split.hpp"

namespace geod {
namespace {

struct EvalCommand {
  std::string model;
  std::filesystem::path adapter;
  std::filesystem::path data;
  std::filesystem::path picks;
  std::filesystem::path report;
  std::string command_line;
  std::filesystem::path overlays;
  std::vector<int> folds;
  trainer::SplitOptions split;
  std::string part;  ///< empty: not given
  std::string kind = "all";
  std::optional<double> threshold_p;
  std::optional<double> threshold_s;
  int threads = 0;
  bool json = false;
};

constexpr const char* kFooter =
    "Windows: picks and labels are matched one to one within 0.1 and 0.5 s; every other pick of a "
    "labelled phase is false. `published`: the definitions of the SeisMoLLM paper. Continuous: "
    "picks that match no label and lie in no masked span, per hour. Tasks pmp, baz, emg, dis: "
    "every "
    "labelled P, in the windows the daemon would ask. All scores: docs/training.md. Images: mIoU "
    "and mPA over all pixels "
    "and as published, beside the paper's table: docs/image-tasks.md. Velocity maps: MAE, RMSE and "
    "SSIM as published: docs/fwi.md.\n\n"
    "Examples:\n"
    "  geod eval --model models/starter --data starter/dataset.json\n"
    "  geod eval --model fold-0 --data starter/dataset.json --fold 0 --json\n"
    "  geod eval --model fold-0 --data starter/dataset.json --fold 0 --report fold-0.html\n"
    "  geod eval --adapter magnitude-1 --data mine/ --json\n"
    "  geod eval --model mine-1 --data mine/ --split 0.8/0.1/0.1 --part test\n"
    "  geod eval --model das-1 --data tiles/ --part all --overlays pictures\n"
    "  geod eval --model pfm-1 --adapter bundles/sta-1 --data style-a/ --report sta.html\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong command line.";

Result<void> write_picks(const std::filesystem::path& path,
                         std::span<const trainer::EvaluatedRecording> evaluated,
                         double rate_hz) {
  std::ofstream file(path);
  file << "network,station,phase,time,probability,recording\n";
  for (const trainer::EvaluatedRecording& e : evaluated) {
    for (const trainer::EvaluatedPick& pick : e.picks) {
      const Time time = e.recording->start + duration_from_seconds(pick.sample / rate_hz);
      file << fmt::format("{},{},{},{},{:.4f},{}\n",
                          e.recording->instrument.network,
                          e.recording->instrument.station,
                          to_string(pick.phase),
                          to_iso(time, 4),
                          pick.score,
                          e.recording->id);
    }
  }
  file.flush();
  if (!file) {
    return fail(Errc::kIo, "{}: cannot be written", path.string());
  }
  return {};
}

bool is_wanted(const trainer::Recording& recording, const EvalCommand& command) {
  const bool window = recording.kind == trainer::RecordingKind::kWindow;
  if (command.kind != "all" && window != (command.kind == "windows")) {
    return false;
  }
  if (!command.part.empty() && command.part != "all" && command.part != to_string(recording.part)) {
    return false;
  }
  return command.folds.empty() ||
         std::ranges::find(command.folds, recording.fold) != command.folds.end();
}

/// The network, opened, and the recordings it is scored on.
struct Evaluation {
  std::unique_ptr<models::Engine> engine;
  trainer::Dataset dataset;
  std::vector<const trainer::Recording*> recordings;
};

constexpr std::int64_t kBatchWindows = 16;

Result<Evaluation> prepare(const EvalCommand& command) {
  const auto folder = find_model(command.model);
  if (!folder) {
    return tl::unexpected(folder.error());
  }
  const auto module = models::ComputeModule::load();
  if (!module) {
    return tl::unexpected(module.error());
  }
  models::EngineOptions options;
  options.model_directory = *folder;
  options.threads = command.threads;
  options.max_batch = kBatchWindows;
  const auto base = models::load_manifest(*folder);
  if (!base) {
    return tl::unexpected(base.error());
  }
  options.task = base->task;
  if (!command.adapter.empty()) {
    const auto bundle = adapters::read_bundle(command.adapter, *base);
    if (!bundle) {
      return tl::unexpected(bundle.error());
    }
    options.overlay = bundle->overlay;
    options.task = bundle->overlay->manifest.task;
  }
  auto engine = module->open_engine(options);
  if (!engine) {
    return tl::unexpected(engine.error());
  }
  const auto description = trainer::load_dataset_description(command.data);
  if (!description) {
    return tl::unexpected(description.error());
  }
  auto dataset =
      trainer::load_dataset(*description, (*engine)->manifest().geometry.sampling_rate.hz());
  if (!dataset) {
    return tl::unexpected(dataset.error());
  }
  Evaluation out{std::move(*engine), std::move(*dataset), {}};
  trainer::assign_parts(out.dataset.recordings, command.split);
  for (const trainer::Recording& recording : out.dataset.recordings) {
    if (is_wanted(recording, command)) {
      out.recordings.push_back(&recording);
    }
  }
  if (out.recordings.empty()) {
    return fail(
        Errc::kConfig,
        "{}: no recording of this kind, fold and part; parts are named by the data set or made "
        "by --split",
        command.data.string());
  }
  return out;
}

std::string selection_text(const EvalCommand& command) {
  std::string text;
  if (!command.part.empty() && command.part != "all") {
    text += fmt::format(" of part {}", command.part);
  }
  if (!command.folds.empty()) {
    text += fmt::format(" of fold {}", fmt::join(command.folds, ", "));
  }
  return text;
}

trainer::ReportContext context_of(const Evaluation& evaluation, const EvalCommand& command) {
  const models::Manifest& manifest = evaluation.engine->manifest();
  const models::EngineInfo& info = evaluation.engine->info();
  trainer::ReportContext context;
  context.title =
      fmt::format("{} {}: {}", manifest.name, manifest.version, trainer::name_of(manifest.task));
  context.subtitle = fmt::format("scored on {}, {} recordings{}",
                                 evaluation.dataset.description.name,
                                 evaluation.recordings.size(),
                                 selection_text(command));
  context.command = command.command_line;
  context.facts = {{"model", manifest.model_id()},
                   {"weights (SHA-256)", manifest.weights_sha256},
                   {"adapter (SHA-256)",
                    evaluation.engine->adapter_hash().empty() ? std::string("none")
                                                              : evaluation.engine->adapter_hash()},
                   {"parameters", std::to_string(info.parameters)},
                   {"window",
                    fmt::format("{} samples at {:g} Hz",
                                manifest.geometry.window_samples,
                                manifest.geometry.sampling_rate.hz())},
                   {"computed on", fmt::format("{}, {}", info.device, info.precision)}};
  context.data = evaluation.dataset.description;
  return context;
}

Result<void> evaluate_picks(Evaluation& evaluation, const EvalCommand& command) {
  const models::Manifest& manifest = evaluation.engine->manifest();
  trainer::EvaluationSettings settings;
  settings.window_samples = manifest.geometry.window_samples;
  settings.sampling_rate_hz = manifest.geometry.sampling_rate.hz();
  settings.picks = manifest.picks;
  settings.batch_windows = kBatchWindows;
  settings.picks.threshold_p = command.threshold_p.value_or(manifest.picks.threshold_p);
  settings.picks.threshold_s = command.threshold_s.value_or(manifest.picks.threshold_s);
  const trainer::ScoreFunction score = trainer::engine_scorer(*evaluation.engine);
  const auto evaluated = trainer::evaluate(evaluation.recordings, settings, score);
  if (!evaluated) {
    return tl::unexpected(evaluated.error());
  }
  if (!command.picks.empty()) {
    if (auto written = write_picks(command.picks, *evaluated, settings.sampling_rate_hz);
        !written) {
      return written;
    }
  }
  if (!command.report.empty()) {
    const auto report =
        trainer::pick_report(context_of(evaluation, command), *evaluated, settings, score);
    if (!report) {
      return tl::unexpected(report.error());
    }
    if (auto written = trainer::write_html(command.report, *report); !written) {
      return written;
    }
  }
  fmt::print("{}",
             command.json ? trainer::scores_to_json(*evaluated, settings) + "\n"
                          : trainer::scores_to_text(*evaluated, settings));
  return {};
}

Result<void> evaluate_estimates(Evaluation& evaluation, const EvalCommand& command) {
  const models::Manifest& manifest = evaluation.engine->manifest();
  if (!command.picks.empty() || command.threshold_p || command.threshold_s) {
    return fail(Errc::kConfig,
                "--picks, --threshold-p and --threshold-s belong to task dpk; this network's is {}",
                to_string(manifest.task));
  }
  trainer::ScalarEvaluationSettings settings;
  settings.task = manifest.task;
  settings.window_samples = manifest.geometry.window_samples;
  settings.sampling_rate_hz = manifest.geometry.sampling_rate.hz();
  settings.hop_samples = manifest.picks.hop_samples;
  settings.scalar = manifest.scalar;
  settings.batch_windows = kBatchWindows;
  const auto evaluated = trainer::evaluate_scalar(
      evaluation.recordings, settings, trainer::engine_scorer(*evaluation.engine));
  if (!evaluated) {
    return tl::unexpected(evaluated.error());
  }
  if (evaluated->empty()) {
    return fail(Errc::kConfig,
                "{}: no recording has a label of task {}",
                command.data.string(),
                to_string(manifest.task));
  }
  if (!command.report.empty()) {
    const trainer::HtmlReport report =
        trainer::scalar_report(context_of(evaluation, command), *evaluated, settings);
    if (auto written = trainer::write_html(command.report, report); !written) {
      return written;
    }
  }
  fmt::print("{}",
             command.json ? trainer::scalar_scores_to_json(settings.task, *evaluated) + "\n"
                          : trainer::scalar_scores_to_text(settings.task, *evaluated));
  return {};
}

/// What the model is given; images and shots have scores of their own.
Result<models::InputKind> input_of_model(const EvalCommand& command) {
  const auto folder = find_model(command.model);
  if (!folder) {
    return tl::unexpected(folder.error());
  }
  const auto manifest = models::load_manifest(*folder);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  return manifest->input();
}

Result<void> evaluate(const EvalCommand& command) {
  const auto input = input_of_model(command);
  if (!input) {
    return tl::unexpected(input.error());
  }
  if (*input == models::InputKind::kShots) {
    return evaluate_inversions(
        {{*find_model(command.model), command.adapter, models::Device::kAuto, command.threads},
         command.data,
         command.part,
         command.overlays,
         command.report,
         command.command_line,
         command.json});
  }
  if (*input == models::InputKind::kImages) {
    return evaluate_images({*find_model(command.model),
                            command.adapter,
                            command.data,
                            command.split,
                            command.part,
                            command.overlays,
                            command.report,
                            command.command_line,
                            command.threads,
                            command.json});
  }
  auto evaluation = prepare(command);
  if (!evaluation) {
    return tl::unexpected(evaluation.error());
  }
  return evaluation->engine->manifest().task == models::Task::kDpk
             ? evaluate_picks(*evaluation, command)
             : evaluate_estimates(*evaluation, command);
}

}  // namespace

void add_eval_command(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<EvalCommand>();
  CLI::App* eval = app.add_subcommand("eval", "Score a model on labelled recordings");
  eval->footer(kFooter);
  eval->add_option("--model", command->model, "Model folder (default: the starter model)")
      ->type_name("DIR");
  eval->add_option("--adapter", command->adapter, "Adapter bundle to score, trained from the model")
      ->type_name("DIR");
  eval->add_option("--data", command->data, "dataset.json, its folder, or a folder with labels.csv")
      ->required()
      ->type_name("PATH");
  eval->add_option("--fold", command->folds, "Only recordings of this fold (may be given again)")
      ->type_name("K");
  add_split_options(*eval, command->split);
  eval->add_option(
          "--part",
          command->part,
          "train, validation, test or all (default; images, shots: what was not trained on)")
      ->type_name("PART")
      ->check(CLI::IsMember({"train", "validation", "test", "all"}).description(""));
  eval->add_option("--kind", command->kind, "windows, continuous or all")
      ->type_name("KIND")
      ->check(CLI::IsMember({"windows", "continuous", "all"}).description(""))
      ->capture_default_str();
  eval->add_option("--threshold-p",
                   command->threshold_p,
                   "Least score of a P pick (default: the manifest's)")
      ->type_name("SCORE")
      ->check(CLI::Range(0.0, 1.0));
  eval->add_option("--threshold-s",
                   command->threshold_s,
                   "Least score of an S pick (default: the manifest's)")
      ->type_name("SCORE")
      ->check(CLI::Range(0.0, 1.0));
  eval->add_option(
          "--picks", command->picks, "Also write every pick down to a score of 0.05 as CSV")
      ->type_name("FILE");
  eval->add_option(
          "--overlays",
          command->overlays,
          "Images, shots: also a picture of every one: labels or true map, and the network's")
      ->type_name("DIR");
  eval->add_option("--threads", command->threads, "Threads of the network; 0: measured at start")
      ->type_name("THREADS")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  eval->add_option("--report", command->report, "Also write a report: one HTML file")
      ->type_name("FILE");
  eval->add_flag("--json", command->json, "Scores as one JSON object");
  eval->callback([command, eval, &context] {
    command->command_line = command_line_of(*eval);
    if (const auto done = evaluate(*command); !done) {
      fmt::print(stderr, "geod eval: {}\n", done.error().what);
      context.exit_code = kExitFailure;
    }
  });
}

}  // namespace geod
