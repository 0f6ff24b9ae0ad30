#include "trainer/picker_run.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/Parallel.h>
#include <nlohmann/json.hpp>

#include "trainer/learning_rate.hpp"
#include "trainer/model_export.hpp"
#include "trainer/starting_point.hpp"

namespace geod::trainer {
namespace {

using nlohmann::json;

/// Labels of the geod preset are believed this close, whatever masks say.
constexpr double kKeepS = 0.3;
/// Share of the run in which the label width shrinks.
constexpr double kShrinkShare = 0.4;
constexpr double kLossMemory = 0.99;

bool is_held_out(const Recording& recording, const TrainOptions& options) {
  if (recording.kind != RecordingKind::kWindow) {
    return false;
  }
  return options.hold_out_windows ||
         std::ranges::find(options.hold_out_folds, recording.fold) != options.hold_out_folds.end();
}

}  // namespace

PickerRun::PickerRun(const TrainOptions& options,
                     const TrainObserver& observer,
                     std::stop_token stop)
    : options_(options), observer_(observer), stop_(std::move(stop)) {
  run_directory_ = options.out;
  run_directory_ += ".run";
}

Result<TrainReport> PickerRun::run() {
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
  auto scores = validate();
  if (!scores) {
    return tl::unexpected(scores.error());
  }
  report_.scores_json = std::move(*scores);
  if (auto exported = export_result(); !exported) {
    return tl::unexpected(exported.error());
  }
  return report_;
}

Result<void> PickerRun::prepare() {
  at::set_num_threads(options_.threads);
  if (auto free = check_model_target(options_.out); !free) {
    return free;
  }
  auto start = find_starting_point(options_);
  if (!start) {
    return tl::unexpected(start.error());
  }
  geometry_ = start->geometry;
  started_from_json_ = std::move(start->provenance_json);
  const auto description = load_dataset_description(options_.data);
  if (!description) {
    return tl::unexpected(description.error());
  }
  auto dataset = load_dataset(*description, geometry_.sampling_rate.hz());
  if (!dataset) {
    return tl::unexpected(dataset.error());
  }
  dataset_ = std::move(*dataset);
  identity_ = run_identity(options_, dataset_, geometry_, start->weights_sha256);
  split();
  auto training = PickerTraining::make(options_, geometry_);
  if (!training) {
    return tl::unexpected(training.error());
  }
  training_ = std::make_unique<PickerTraining>(std::move(*training));
  if (auto resumed = resume(); !resumed) {
    return resumed;
  }
  auto sampler = make_sampler(training_data_, false);
  if (!sampler) {
    return tl::unexpected(sampler.error());
  }
  sampler_ = std::move(*sampler);
  return open_run_directory();
}

Result<void> PickerRun::resume() {
  const auto resumed =
      training_->load_checkpoint(run_directory_ / "checkpoint.safetensors", identity_);
  if (!resumed) {
    return tl::unexpected(resumed.error());
  }
  if (resumed->has_value()) {
    elapsed_before_s_ = (*resumed)->elapsed_s;
    best_loss_ = (*resumed)->best_loss;
    epochs_without_gain_ = (*resumed)->epochs_without_gain;
    observer_.note(fmt::format("resumed at step {}", training_->steps()));
  }
  first_step_ = training_->steps();
  return {};
}

Result<void> PickerRun::open_run_directory() {
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

void PickerRun::split() {
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
  if (all.labels_without_waveform > 0) {
    observer_.note(fmt::format("{} labels lie outside every recording or are excluded",
                               all.labels_without_waveform));
  }
}

Result<std::unique_ptr<WindowSampler>> PickerRun::make_sampler(
    std::span<const Recording> recordings, bool validation) const {
  const double rate = geometry_.sampling_rate.hz();
  if (options_.preset == Preset::kSeismollm) {
    return make_seismollm_sampler(
        recordings, geometry_.window_samples, rate, options_.seed, !validation);
  }
  DrawRates rates;
  rates.hand_labelled = options_.hand_labelled_rate;
  return make_geod_sampler(recordings, geometry_.window_samples, rate, options_.seed, rates);
}

TargetFunction PickerRun::targets() const {
  const double rate = geometry_.sampling_rate.hz();
  if (options_.preset == Preset::kSeismollm) {
    return [rate](const LabelledWindow& window, std::int64_t, const PickTargets& out) {
      seismollm_targets(window, rate, out);
    };
  }
  const double start = options_.sigma_start_samples;
  const double end = options_.sigma_samples;
  const double shrink_steps = std::max(1.0, kShrinkShare * static_cast<double>(options_.steps));
  return [=](const LabelledWindow& window, std::int64_t step, const PickTargets& out) {
    const double progress = std::min(1.0, static_cast<double>(step) / shrink_steps);
    geod_targets(window, start + (end - start) * progress, kKeepS * rate, out);
  };
}

Result<void> PickerRun::train() {
  started_ = Clock::now();
  if (options_.preset == Preset::kSeismollm) {
    const auto draws = static_cast<std::int64_t>(2 * labelled_pair_count(training_data_));
    epoch_steps_ = std::max<std::int64_t>(1, draws / options_.batch_windows);
  }
  BatchSource batches(
      *sampler_, targets(), options_.batch_windows, geometry_.window_samples, training_->steps());
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

double PickerRun::elapsed_s() const {
  return elapsed_before_s_ + std::chrono::duration<double>(Clock::now() - started_).count();
}

double PickerRun::fraction() const {
  const double by_steps =
      static_cast<double>(training_->steps()) / static_cast<double>(options_.steps);
  return options_.minutes > 0.0 ? std::max(by_steps, elapsed_s() / (60.0 * options_.minutes))
                                : by_steps;
}

double PickerRun::learning_rate() const {
  return options_.preset == Preset::kSeismollm
             ? cyclic_rate(training_->steps(),
                           options_.min_learning_rate,
                           options_.learning_rate,
                           options_.cycle_up_steps,
                           options_.cycle_down_steps)
             : warmup_cosine_rate(
                   training_->steps(), fraction(), options_.learning_rate, options_.warmup_steps);
}

Result<void> PickerRun::after_step(double loss) {
  const std::int64_t done = training_->steps();
  // The running mean starts unbiased: step n of this run weighs at least 1 / n.
  const auto n = static_cast<double>(done - first_step_);
  const double keep = std::min(kLossMemory, 1.0 - 1.0 / n);
  running_loss_ = keep * running_loss_ + (1.0 - keep) * loss;
  if (options_.report_steps > 0 && done % options_.report_steps == 0) {
    report_progress();
  }
  if (epoch_steps_ > 0 && done % epoch_steps_ == 0 && !held_out_.empty()) {
    const auto stalled = end_epoch();
    if (!stalled) {
      return tl::unexpected(stalled.error());
    }
    done_early_ = *stalled;
  }
  if (options_.validate_steps > 0 && done % options_.validate_steps == 0) {
    if (const auto scores = validate(); !scores) {
      return tl::unexpected(scores.error());
    }
  }
  if (options_.checkpoint_steps > 0 && done % options_.checkpoint_steps == 0) {
    return save_checkpoint();
  }
  return {};
}

void PickerRun::report_progress() {
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

void PickerRun::log_metrics(const std::string& json_line) {
  metrics_ << json_line << '\n' << std::flush;
}

Result<void> PickerRun::save_checkpoint() {
  return training_->save_checkpoint(run_directory_ / "checkpoint.safetensors",
                                    identity_,
                                    RunProgress{elapsed_s(), best_loss_, epochs_without_gain_});
}

Result<std::string> PickerRun::validate() {
  if (held_out_.empty()) {
    return "{}";
  }
  EvaluationSettings settings;
  settings.window_samples = geometry_.window_samples;
  settings.sampling_rate_hz = geometry_.sampling_rate.hz();
  settings.picks.hop_samples = geometry_.window_samples / 4;
  std::vector<const Recording*> recordings;
  std::ranges::transform(
      held_out_, std::back_inserter(recordings), [](const Recording& r) { return &r; });
  const auto evaluated = evaluate(recordings, settings, training_->scorer());
  if (!evaluated) {
    return tl::unexpected(evaluated.error());
  }
  std::string scores = scores_to_json(*evaluated, settings);
  log_metrics(fmt::format(R"({{"step":{},"scores":{}}})", training_->steps(), scores));
  observer_.note(
      fmt::format("step {}\n{}", training_->steps(), scores_to_text(*evaluated, settings)));
  return scores;
}

Result<bool> PickerRun::end_epoch() {
  const auto sampler = make_sampler(held_out_, true);
  if (!sampler) {
    return tl::unexpected(sampler.error());
  }
  const auto draws = static_cast<std::int64_t>(labelled_pair_count(held_out_));
  const std::int64_t steps = std::max<std::int64_t>(1, draws / options_.batch_windows);
  BatchSource batches(**sampler, targets(), options_.batch_windows, geometry_.window_samples, 0);
  double sum = 0.0;
  for (std::int64_t i = 0; i < steps; ++i) {
    const auto loss = training_->validation_loss(batches.next());
    if (!loss) {
      return tl::unexpected(loss.error());
    }
    sum += *loss;
  }
  const double loss = sum / static_cast<double>(steps);
  log_metrics(json{{"step", training_->steps()}, {"validation_loss", loss}}.dump());
  if (!best_loss_ || loss < *best_loss_) {
    best_loss_ = loss;
    epochs_without_gain_ = 0;
    if (auto saved = training_->save_model(run_directory_ / "best.safetensors"); !saved) {
      return tl::unexpected(saved.error());
    }
    return false;
  }
  return ++epochs_without_gain_ > options_.patience_epochs;
}

std::string PickerRun::provenance() const {
  json out;
  out["command"] = options_.command_line;
  out["data"] = json::parse(description_to_json(dataset_.description));
  out["preset"] = options_.preset == Preset::kGeod ? "geod" : "seismollm";
  out["seed"] = options_.seed;
  out["steps"] = report_.steps;
  out["windows_seen"] = report_.windows;
  out["wall_s"] = std::round(report_.wall_s);
  out["loss"] = report_.loss;
  out["held_out_folds"] = options_.hold_out_folds;
  out["held_out_windows"] = options_.hold_out_windows;
  out["precision"] = options_.bfloat16 ? "bfloat16" : "float32";
  out["scores"] = json::parse(report_.scores_json);
  const json started_from = json::parse(started_from_json_);
  if (!started_from.is_null()) {
    out["started_from"] = started_from;
  }
  return out.dump();
}

Result<void> PickerRun::export_result() {
  models::Manifest manifest;
  manifest.name = options_.name;
  manifest.version = options_.version;
  manifest.task = models::Task::kDpk;
  manifest.geometry = geometry_;
  manifest.picks.hop_samples = geometry_.window_samples / 4;
  manifest.provenance_json = provenance();
  const auto write = [&](const std::filesystem::path& path) -> Result<void> {
    if (!best_loss_) {
      return training_->save_model(path);
    }
    std::error_code error;
    std::filesystem::copy_file(run_directory_ / "best.safetensors", path, error);
    if (error) {
      return fail(Errc::kIo, "{}: {}", path.string(), error.message());
    }
    return {};
  };
  if (auto exported = export_model(options_.out, manifest, write); !exported) {
    return exported;
  }
  observer_.note(fmt::format("model written to {}", options_.out.string()));
  return {};
}

}  // namespace geod::trainer
