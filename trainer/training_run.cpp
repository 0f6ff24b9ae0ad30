#include "trainer/training_run.hpp"

#include <algorithm>
#include <utility>

#include <ATen/Parallel.h>

#include "trainer/kept_heap.hpp"
#include "trainer/model_export.hpp"
#include "trainer/torch_device.hpp"

namespace geod::trainer {

TrainingRun::TrainingRun(const TrainOptions& options,
                         const TrainObserver& observer,
                         std::stop_token stop)
    : options_(options),
      observer_(observer),
      stop_(std::move(stop)),
      task_(make_training_task(options_, observer_)),
      run_directory_(run_folder(options)),
      best_(run_directory_, options.keep_best) {}

Result<TrainReport> TrainingRun::run() {
  auto group = join_process_group(options_.world);
  if (!group) {
    return tl::unexpected(group.error());
  }
  group_ = std::move(*group);
  if (auto agreed = agree_to_begin(prepare()); !agreed) {
    return tl::unexpected(agreed.error());
  }
  if (auto trained = train(); !trained) {
    return tl::unexpected(trained.error());
  }
  report_.steps = training_->steps();
  report_.windows = training_->steps() * options_.batch_windows;
  report_.wall_s = schedule_->elapsed_s();
  if (training_->steps() > schedule_->first_step()) {
    report_.loss = schedule_->running_loss();
  }
  report_.stopped = stopped_;
  if (!leads()) {
    return report_;
  }
  if (stopped_) {
    if (auto saved = save_checkpoint(); !saved) {
      return tl::unexpected(saved.error());
    }
    return report_;
  }
  if (const std::string faults = task_->data_faults(); !faults.empty()) {
    observer_.note(faults);
  }
  if (auto exported = write_result(); !exported) {
    return tl::unexpected(exported.error());
  }
  return report_;
}

Result<void> TrainingRun::prepare() {
  at::set_num_threads(options_.threads);
  keep_freed_memory();
  if (options_.batch_windows % (options_.world.size * options_.accumulate_steps) != 0) {
    return fail(Errc::kConfig,
                "--batch {} cannot be computed in equal parts: {} by --accumulate, for each of {} "
                "processes (--world)",
                options_.batch_windows,
                options_.accumulate_steps,
                options_.world.size);
  }
  if (auto free = check_model_target(result_folder(options_)); !free) {
    return free;
  }
  auto identity = task_->load();
  if (!identity) {
    return tl::unexpected(identity.error());
  }
  identity_ = std::move(*identity);
  auto network = task_->network();
  if (!network) {
    return tl::unexpected(network.error());
  }
  for (const models::TensorSpec& spec : (*network)->tensors().specs()) {
    const at::Tensor& tensor = (*network)->tensors().at(spec.name);
    report_.trainable += tensor.requires_grad() ? tensor.numel() : 0;
  }
  const auto device = open_device(options_);
  if (!device) {
    return tl::unexpected(device.error());
  }
  training_ = std::make_unique<NetworkTraining>(
      options_, std::move(*network), task_->optimiser(), *group_, *device);
  if (auto resumed = resume(); !resumed) {
    return resumed;
  }
  if (auto made = task_->make_examples(); !made) {
    return made;
  }
  return open_run_directory();
}

Result<void> TrainingRun::agree_to_begin(Result<void> prepared) {
  const std::vector<double> mine{prepared ? 0.0 : 1.0,
                                 prepared ? static_cast<double>(training_->steps()) : 0.0,
                                 identity_number(identity_)};
  const std::vector<double> all = group_->sum(mine);
  if (!prepared) {
    return prepared;
  }
  if (all[0] > 0.0) {
    return fail(Errc::kConfig, "another process could not begin; its own output says why");
  }
  if (all[1] != group_->size() * mine[1]) {
    return fail(Errc::kConfig,
                "the processes begin at different steps: {} must be one folder that all see",
                run_directory_.string());
  }
  if (all[2] != group_->size() * mine[2]) {
    return fail(Errc::kConfig,
                "the processes were given different options or data; only --rank may differ");
  }
  return {};
}

Result<void> TrainingRun::resume() {
  auto resumed = training_->load_checkpoint(run_directory_ / "checkpoint.safetensors", identity_);
  if (!resumed) {
    return tl::unexpected(resumed.error());
  }
  double elapsed_before_s = 0.0;
  if (resumed->has_value()) {
    elapsed_before_s = (*resumed)->elapsed_s;
    best_.restore(std::move((*resumed)->best));
    validations_without_gain_ = (*resumed)->validations_without_gain;
    observer_.note(fmt::format("resumed at step {}", training_->steps()));
  }
  schedule_.emplace(
      options_,
      [this](std::int64_t steps, double fraction) { return task_->learning_rate(steps, fraction); },
      training_->steps(),
      elapsed_before_s);
  return {};
}

Result<void> TrainingRun::open_run_directory() {
  if (!leads()) {
    return {};
  }
  auto metrics = MetricsLog::open(run_directory_, training_->steps());
  if (!metrics) {
    return tl::unexpected(metrics.error());
  }
  metrics_.emplace(std::move(*metrics));
  return {};
}

Result<void> TrainingRun::train() {
  BatchSource batches(
      [this](std::int64_t step) { return task_->make_batch(step, group_->rank(), group_->size()); },
      training_->steps(),
      options_.workers);
  while (agree_to_go_on()) {
    const bool training_mode = task_->begin_step(*training_);
    const auto loss = training_->step(
        batches.next(), schedule_->learning_rate(training_->steps(), fraction_), training_mode);
    if (!loss) {
      return tl::unexpected(loss.error());
    }
    if (auto done = after_step(*loss); !done) {
      return done;
    }
  }
  return {};
}

bool TrainingRun::agree_to_go_on() {
  // Clocks, validations and signals differ between processes: rank 0 tells the first two, any
  // process may stop all.
  const std::vector<double> all =
      group_->sum({leads() ? schedule_->fraction(training_->steps()) : 0.0,
                   leads() && done_early_ ? 1.0 : 0.0,
                   stop_.stop_requested() ? 1.0 : 0.0});
  fraction_ = all[0];
  stopped_ = all[2] > 0.0 && fraction_ < 1.0;
  return fraction_ < 1.0 && all[1] == 0.0 && !stopped_;
}

Result<void> TrainingRun::after_step(double loss) {
  const std::int64_t done = training_->steps();
  schedule_->add_loss(done, loss);
  if (!leads()) {
    return {};
  }
  if (options_.report_steps > 0 && done % options_.report_steps == 0) {
    if (auto reported = report_progress(); !reported) {
      return reported;
    }
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

Result<void> TrainingRun::report_progress() {
  const TrainProgress progress = schedule_->progress(training_->steps(), fraction_);
  observer_.progress(progress);
  return metrics_->add(progress.step,
                       {{"loss", progress.loss},
                        {"learning_rate", progress.learning_rate},
                        {"windows", static_cast<double>(progress.step * options_.batch_windows)},
                        {"windows_per_s", progress.windows_per_s},
                        {"elapsed_s", schedule_->elapsed_s()}});
}

Result<void> TrainingRun::save_checkpoint() {
  return training_->save_checkpoint(
      run_directory_ / "checkpoint.safetensors",
      identity_,
      {training_->steps(), schedule_->elapsed_s(), best_.kept(), validations_without_gain_});
}

bool TrainingRun::validation_is_due() const {
  if (!task_->has_held_out()) {
    return false;
  }
  const std::int64_t done = training_->steps();
  const std::int64_t interval =
      options_.validate_steps > 0 ? options_.validate_steps : task_->validation_interval();
  return interval > 0 && done % interval == 0;
}

Result<double> TrainingRun::judge() {
  if (!task_->judges_by_loss()) {
    return score().map([](const Validation& scored) { return scored.metric; });
  }
  const auto loss = task_->validation_loss(*training_);
  if (!loss) {
    return loss;
  }
  if (auto logged = metrics_->add(training_->steps(), {{"validation_loss", *loss}}); !logged) {
    return tl::unexpected(logged.error());
  }
  return loss;
}

Result<void> TrainingRun::validate() {
  const auto metric = judge();
  if (!metric) {
    return tl::unexpected(metric.error());
  }
  validated_step_ = training_->steps();
  const auto gained = best_.offer(
      {training_->steps(), *metric},
      [this](const std::filesystem::path& path) { return training_->save_model(path); });
  if (!gained) {
    return tl::unexpected(gained.error());
  }
  validations_without_gain_ = *gained ? 0 : validations_without_gain_ + 1;
  done_early_ = validations_without_gain_ > options_.patience;
  return {};
}

Result<Validation> TrainingRun::score() {
  auto scored = task_->score(*training_);
  if (!scored) {
    return scored;
  }
  report_.scores_json = scored->scores_json;
  observer_.note(fmt::format("step {}\n{}", training_->steps(), scored->text));
  if (auto logged = metrics_->add_object(training_->steps(), "scores", scored->scores_json);
      !logged) {
    return tl::unexpected(logged.error());
  }
  return scored;
}

Result<void> TrainingRun::score_result() {
  if (!task_->has_held_out()) {
    return {};
  }
  if (validated_step_ != training_->steps()) {
    if (auto validated = validate(); !validated) {
      return validated;
    }
  }
  if (!task_->judges_by_loss() && best_.best().step == validated_step_) {
    return {};  // just scored
  }
  if (auto loaded = training_->evaluate_with(best_.best_file()); !loaded) {
    return loaded;
  }
  if (const auto scored = score(); !scored) {
    return tl::unexpected(scored.error());
  }
  return {};
}

Result<void> TrainingRun::write_result() {
  if (auto scored = score_result(); !scored) {
    return scored;
  }
  std::filesystem::path weights = run_directory_ / "last.safetensors";
  if (!best_.empty()) {
    weights = best_.best_file();
  } else if (auto saved = training_->save_model(weights); !saved) {
    return saved;
  }
  if (auto loaded = training_->evaluate_with(weights); !loaded) {
    return loaded;
  }
  const RunOutcome outcome{report_,
                           best_.empty() ? std::nullopt : std::optional(best_.best().step),
                           weights,
                           run_directory_};
  auto written = task_->write_result(outcome, *training_);
  if (!written) {
    return tl::unexpected(written.error());
  }
  report_.out = std::move(*written);
  observer_.note(fmt::format("written to {}", report_.out.string()));
  const auto tested = task_->write_report(outcome, *training_);
  if (!tested) {
    return tl::unexpected(tested.error());
  }
  if (tested->has_value()) {
    report_.test_scores_json = (*tested)->scores_json;
    observer_.note(fmt::format("test\n{}", (*tested)->text));
  }
  observer_.note(fmt::format("report: {}", (run_directory_ / "report.html").string()));
  return {};
}

}  // namespace geod::trainer
