#include "trainer/training_run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <ATen/Parallel.h>
#include <nlohmann/json.hpp>

#include "trainer/learning_rate.hpp"
#include "trainer/model_export.hpp"
#include "trainer/scalar_labels.hpp"
#include "trainer/torch_starting_network.hpp"

namespace geod::trainer {
namespace {

using models::Task;
using nlohmann::json;

constexpr double kLossMemory = 0.99;

bool is_held_out(const Recording& recording, const TrainOptions& options) {
  if (recording.kind != RecordingKind::kWindow) {
    return false;
  }
  return options.hold_out_windows ||
         std::ranges::find(options.hold_out_folds, recording.fold) != options.hold_out_folds.end();
}

}  // namespace

TrainingRun::TrainingRun(const TrainOptions& options,
                         const TrainObserver& observer,
                         std::stop_token stop)
    : options_(options), observer_(observer), stop_(std::move(stop)) {
  run_directory_ = options.out;
  run_directory_ += ".run";
}

Result<TrainReport> TrainingRun::run() {
  if (auto prepared = prepare(); !prepared) {
    return tl::unexpected(prepared.error());
  }
  if (auto trained = train(); !trained) {
    return tl::unexpected(trained.error());
  }
  report_.steps = training_->steps();
  report_.windows = training_->steps() * options_.batch_windows;
  report_.wall_s = elapsed_s();
  report_.loss = running_loss_;
  if (stop_.stop_requested()) {
    report_.stopped = true;
    if (auto saved = save_checkpoint(); !saved) {
      return tl::unexpected(saved.error());
    }
    return report_;
  }
  if (auto scored = score_result(); !scored) {
    return tl::unexpected(scored.error());
  }
  if (auto exported = export_result(); !exported) {
    return tl::unexpected(exported.error());
  }
  return report_;
}

Result<void> TrainingRun::prepare() {
  at::set_num_threads(options_.threads);
  if (options_.batch_windows % options_.accumulate_steps != 0) {
    return fail(Errc::kConfig,
                "--batch {} cannot be computed in {} equal parts (--accumulate)",
                options_.batch_windows,
                options_.accumulate_steps);
  }
  if (auto free = check_model_target(options_.out); !free) {
    return free;
  }
  auto start = find_starting_point(options_);
  if (!start) {
    return tl::unexpected(start.error());
  }
  start_ = std::move(*start);
  const auto description = load_dataset_description(options_.data);
  if (!description) {
    return tl::unexpected(description.error());
  }
  auto dataset = load_dataset(*description, start_.geometry.sampling_rate.hz());
  if (!dataset) {
    return tl::unexpected(dataset.error());
  }
  dataset_ = std::move(*dataset);
  identity_ = run_identity(options_, dataset_, start_.geometry, start_.weights_sha256);
  split();
  auto examples = make_example_source(options_, start_.geometry, training_data_, true);
  if (!examples) {
    return tl::unexpected(examples.error());
  }
  examples_ = std::move(*examples);
  if (!held_out_.empty() &&
      (options_.task != Task::kDpk || options_.preset == Preset::kSeismollm)) {
    auto held_out = make_example_source(options_, start_.geometry, held_out_, false);
    if (!held_out) {
      return fail_with(held_out.error(), "held-out recordings");
    }
    held_out_examples_ = std::move(*held_out);
  }
  auto network =
      starting_network(options_, start_.geometry, mean_label(training_data_, options_.task));
  if (!network) {
    return tl::unexpected(network.error());
  }
  training_ = std::make_unique<NetworkTraining>(options_, std::move(*network));
  if (auto resumed = resume(); !resumed) {
    return resumed;
  }
  return open_run_directory();
}

Result<void> TrainingRun::resume() {
  auto resumed = training_->load_checkpoint(run_directory_ / "checkpoint.safetensors", identity_);
  if (!resumed) {
    return tl::unexpected(resumed.error());
  }
  if (resumed->has_value()) {
    progress_ = std::move(**resumed);
    elapsed_before_s_ = progress_.elapsed_s;
    observer_.note(fmt::format("resumed at step {}", training_->steps()));
  }
  first_step_ = training_->steps();
  return {};
}

Result<void> TrainingRun::open_run_directory() {
  std::error_code error;
  std::filesystem::create_directories(run_directory_, error);
  if (error) {
    return fail(Errc::kIo, "{}: {}", run_directory_.string(), error.message());
  }
  metrics_.open(run_directory_ / "metrics.jsonl", std::ios::app);
  if (!metrics_) {
    return fail(Errc::kIo, "{}: cannot be written", (run_directory_ / "metrics.jsonl").string());
  }
  return {};
}

void TrainingRun::split() {
  const DatasetSummary all = dataset_.summary();
  for (Recording& recording : dataset_.recordings) {
    (is_held_out(recording, options_) ? held_out_ : training_data_).push_back(std::move(recording));
  }
  dataset_.recordings.clear();
  observer_.note(fmt::format(
      "data {}: {} recordings, {:.1f} h, {} P, {} S, {:.1f} h noise; {} recordings held out",
      dataset_.description.name,
      all.recordings,
      all.hours,
      all.labels_p,
      all.labels_s,
      all.noise_hours,
      held_out_.size()));
  if (options_.task != Task::kDpk) {
    observer_.note(fmt::format("labels of {}: {} to train on, {} held out",
                               to_string(options_.task),
                               label_count(training_data_, options_.task),
                               label_count(held_out_, options_.task)));
  }
  if (all.labels_without_waveform > 0) {
    observer_.note(fmt::format("{} labels lie outside every recording or are excluded",
                               all.labels_without_waveform));
  }
}

BatchPlan TrainingRun::plan() const {
  return {options_.batch_windows, options_.batch_windows, 0, start_.geometry.window_samples};
}

Result<void> TrainingRun::train() {
  started_ = Clock::now();
  if (options_.preset == Preset::kSeismollm) {
    epoch_steps_ = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(examples_->epoch_draws()) / options_.batch_windows);
  }
  BatchSource batches(*examples_, plan(), training_->steps(), options_.workers);
  while (fraction() < 1.0 && !done_early_ && !stop_.stop_requested()) {
    const auto loss = training_->step(batches.next(), learning_rate());
    if (!loss) {
      return tl::unexpected(loss.error());
    }
    if (auto done = after_step(*loss); !done) {
      return done;
    }
  }
  return {};
}

double TrainingRun::elapsed_s() const {
  return elapsed_before_s_ + std::chrono::duration<double>(Clock::now() - started_).count();
}

double TrainingRun::fraction() const {
  const double by_steps =
      static_cast<double>(training_->steps()) / static_cast<double>(options_.steps);
  return options_.minutes > 0.0 ? std::max(by_steps, elapsed_s() / (60.0 * options_.minutes))
                                : by_steps;
}

double TrainingRun::learning_rate() const {
  return options_.preset == Preset::kSeismollm
             ? cyclic_rate(training_->steps(),
                           options_.min_learning_rate,
                           options_.learning_rate,
                           options_.cycle_up_steps,
                           options_.cycle_down_steps)
             : warmup_cosine_rate(
                   training_->steps(), fraction(), options_.learning_rate, options_.warmup_steps);
}

Result<void> TrainingRun::after_step(double loss) {
  const std::int64_t done = training_->steps();
  // The running mean starts unbiased: step n of this run weighs at least 1 / n.
  const auto n = static_cast<double>(done - first_step_);
  const double keep = std::min(kLossMemory, 1.0 - 1.0 / n);
  running_loss_ = keep * running_loss_ + (1.0 - keep) * loss;
  if (options_.report_steps > 0 && done % options_.report_steps == 0) {
    report_progress();
  }
  if (validation_is_due()) {
    if (auto validated = validate(); !validated) {
      return validated;
    }
  }
  if (options_.checkpoint_steps > 0 && done % options_.checkpoint_steps == 0) {
    return save_checkpoint();
  }
  return {};
}

void TrainingRun::report_progress() {
  TrainProgress progress;
  progress.step = training_->steps();
  progress.steps = options_.steps;
  progress.loss = running_loss_;
  progress.learning_rate = learning_rate();
  const double here_s = std::chrono::duration<double>(Clock::now() - started_).count();
  const double rate = static_cast<double>(progress.step - first_step_) / std::max(here_s, 1e-9);
  progress.windows_per_s = rate * static_cast<double>(options_.batch_windows);
  progress.remaining_s = static_cast<double>(options_.steps - progress.step) / std::max(rate, 1e-9);
  if (options_.minutes > 0.0) {
    progress.remaining_s =
        std::min(progress.remaining_s, std::max(0.0, 60.0 * options_.minutes - elapsed_s()));
  }
  log_metrics(json{{"step", progress.step},
                   {"loss", progress.loss},
                   {"learning_rate", progress.learning_rate},
                   {"windows", progress.step * options_.batch_windows},
                   {"elapsed_s", elapsed_s()}}
                  .dump());
  observer_.progress(progress);
}

void TrainingRun::log_metrics(const std::string& json_line) {
  metrics_ << json_line << '\n' << std::flush;
}

Result<void> TrainingRun::save_checkpoint() {
  progress_.steps = training_->steps();
  progress_.elapsed_s = elapsed_s();
  return training_->save_checkpoint(
      run_directory_ / "checkpoint.safetensors", identity_, progress_);
}

bool TrainingRun::validation_is_due() const {
  if (held_out_.empty()) {
    return false;
  }
  const std::int64_t done = training_->steps();
  return options_.validate_steps > 0 ? done % options_.validate_steps == 0
                                     : epoch_steps_ > 0 && done % epoch_steps_ == 0;
}

Result<void> TrainingRun::validate() {
  double metric = 0.0;
  if (options_.preset == Preset::kSeismollm) {
    const auto loss = validation_loss();
    if (!loss) {
      return tl::unexpected(loss.error());
    }
    metric = *loss;
  } else {
    const auto scored = score();
    if (!scored) {
      return tl::unexpected(scored.error());
    }
    metric = scored->metric;
  }
  validated_step_ = training_->steps();
  const bool gained = progress_.best.empty() || metric < progress_.best.front().metric;
  progress_.validations_without_gain = gained ? 0 : progress_.validations_without_gain + 1;
  done_early_ = progress_.validations_without_gain > options_.patience;
  return keep(std::isnan(metric) ? std::numeric_limits<double>::infinity() : metric);
}

Result<Validation> TrainingRun::score() {
  auto scored = options_.task == Task::kDpk
                    ? validate_picks(held_out_, start_.geometry, training_->scorer())
                    : Result<Validation>(validate_scalars(
                          options_.task,
                          *held_out_examples_,
                          start_.geometry.window_samples,
                          [this](const TrainBatch& batch) { return training_->predict(batch); }));
  if (scored) {
    report_.scores_json = scored->scores_json;
    log_metrics(
        fmt::format(R"({{"step":{},"scores":{}}})", training_->steps(), scored->scores_json));
    observer_.note(fmt::format("step {}\n{}", training_->steps(), scored->text));
  }
  return scored;
}

Result<double> TrainingRun::validation_loss() {
  const auto draws = static_cast<std::int64_t>(held_out_examples_->epoch_draws());
  const std::int64_t steps = std::max<std::int64_t>(1, draws / options_.batch_windows);
  BatchSource batches(*held_out_examples_, plan(), 0, options_.workers);
  double sum = 0.0;
  for (std::int64_t i = 0; i < steps; ++i) {
    sum += training_->validation_loss(batches.next());
  }
  const double loss = sum / static_cast<double>(steps);
  log_metrics(json{{"step", training_->steps()}, {"validation_loss", loss}}.dump());
  return loss;
}

std::filesystem::path TrainingRun::best_file(const KeptWeights& kept) const {
  return run_directory_ / fmt::format("best-{}.safetensors", kept.step);
}

Result<void> TrainingRun::keep(double metric) {
  const KeptWeights now{training_->steps(), metric};
  std::vector<KeptWeights>& best = progress_.best;
  best.insert(std::ranges::upper_bound(best, metric, {}, &KeptWeights::metric), now);
  const auto limit = static_cast<std::size_t>(options_.keep_best);
  if (std::ranges::find(best, now) - best.begin() < options_.keep_best) {
    if (auto saved = training_->save_model(best_file(now)); !saved) {
      return saved;
    }
  }
  for (; best.size() > limit; best.pop_back()) {
    std::error_code error;  // a file that stays is only room
    std::filesystem::remove(best_file(best.back()), error);
  }
  return {};
}

Result<void> TrainingRun::score_result() {
  if (held_out_.empty()) {
    return {};
  }
  if (validated_step_ != training_->steps()) {
    if (auto validated = validate(); !validated) {
      return validated;
    }
  }
  if (options_.preset == Preset::kGeod && progress_.best.front().step == validated_step_) {
    return {};  // just scored
  }
  if (auto loaded = training_->evaluate_with(best_file(progress_.best.front())); !loaded) {
    return loaded;
  }
  if (const auto scored = score(); !scored) {
    return tl::unexpected(scored.error());
  }
  return {};
}

std::string TrainingRun::provenance() const {
  json out;
  out["command"] = options_.command_line;
  out["data"] = json::parse(description_to_json(dataset_.description));
  out["preset"] = options_.preset == Preset::kGeod ? "geod" : "seismollm";
  out["method"] = to_string(method_of(options_));
  out["seed"] = options_.seed;
  out["steps"] = report_.steps;
  out["windows_seen"] = report_.windows;
  out["wall_s"] = std::round(report_.wall_s);
  out["loss"] = report_.loss;
  out["held_out_folds"] = options_.hold_out_folds;
  out["held_out_windows"] = options_.hold_out_windows;
  out["precision"] = options_.bfloat16 ? "bfloat16" : "float32";
  out["scores"] = json::parse(report_.scores_json);
  if (!progress_.best.empty()) {
    out["best_step"] = progress_.best.front().step;
  }
  const json started_from = json::parse(start_.provenance_json);
  if (!started_from.is_null()) {
    out["started_from"] = started_from;
  }
  return out.dump();
}

Result<void> TrainingRun::export_result() {
  models::Manifest manifest;
  manifest.name = options_.name;
  manifest.version = options_.version;
  manifest.task = options_.task;
  manifest.geometry = start_.geometry;
  manifest.picks.hop_samples = start_.geometry.window_samples / 4;
  manifest.provenance_json = provenance();
  const auto write = [&](const std::filesystem::path& path) -> Result<void> {
    if (progress_.best.empty()) {
      return training_->save_model(path);
    }
    std::error_code error;
    std::filesystem::copy_file(best_file(progress_.best.front()), path, error);
    if (error) {
      return fail(Errc::kIo, "{}: {}", path.string(), error.message());
    }
    return {};
  };
  if (auto exported = export_model(options_.out, manifest, write); !exported) {
    return exported;
  }
  report_.out = options_.out;
  observer_.note(fmt::format("model written to {}", options_.out.string()));
  return {};
}

}  // namespace geod::trainer
