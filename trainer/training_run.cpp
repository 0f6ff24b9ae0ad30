#include "trainer/training_run.hpp"

#include <algorithm>
#include <utility>

#include <ATen/Parallel.h>

#include "trainer/model_export.hpp"
#include "trainer/result_export.hpp"
#include "trainer/run_report.hpp"
#include "trainer/scalar_labels.hpp"
#include "trainer/torch_device.hpp"
#include "trainer/torch_starting_network.hpp"
#include "trainer/training_split.hpp"

namespace geod::trainer {

TrainingRun::TrainingRun(const TrainOptions& options,
                         const TrainObserver& observer,
                         std::stop_token stop)
    : options_(options),
      observer_(observer),
      stop_(std::move(stop)),
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
  if (const std::string faults = describe_faults(training_data_); !faults.empty()) {
    observer_.note(faults);
  }
  if (auto exported = write_result(); !exported) {
    return tl::unexpected(exported.error());
  }
  return report_;
}

Result<void> TrainingRun::prepare() {
  at::set_num_threads(options_.threads);
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
  auto network =
      starting_network(options_, start_.geometry, mean_label(training_data_, options_.task));
  if (!network) {
    return tl::unexpected(network.error());
  }
  const auto device = open_device(options_);
  if (!device) {
    return tl::unexpected(device.error());
  }
  training_ = std::make_unique<NetworkTraining>(options_, std::move(*network), *group_, *device);
  if (auto resumed = resume(); !resumed) {
    return resumed;
  }
  return make_examples();
}

Result<void> TrainingRun::make_examples() {
  auto examples = make_example_source(options_, start_.geometry, training_data_, true);
  if (!examples) {
    return tl::unexpected(examples.error());
  }
  examples_ = std::move(*examples);
  if (!held_out_.empty() && options_.preset == Preset::kSeismollm) {
    auto held_out = make_example_source(options_, start_.geometry, held_out_, false);
    if (!held_out) {
      return fail_with(held_out.error(), "held-out recordings");
    }
    held_out_examples_ = std::move(*held_out);
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
  schedule_.emplace(options_, training_->steps(), elapsed_before_s);
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

void TrainingRun::split() {
  const DatasetSummary all = dataset_.summary();
  TrainingSplit parts = split_recordings(std::move(dataset_.recordings), options_);
  for (const std::string& line : describe_data(dataset_.description.name, all, parts)) {
    observer_.note(line);
  }
  dataset_.recordings.clear();
  if (options_.shares) {
    test_ = std::move(parts.testing);
  }
  training_data_ = std::move(parts.training);
  held_out_ = std::move(parts.held_out);
  if (options_.task != models::Task::kDpk) {
    observer_.note(fmt::format("labels of {}: {} to train on, {} held out",
                               to_string(options_.task),
                               label_count(training_data_, options_.task),
                               label_count(held_out_, options_.task)));
  }
}

BatchPlan TrainingRun::plan() const {
  const std::int64_t mine = options_.batch_windows / group_->size();
  return {mine, options_.batch_windows, group_->rank() * mine, start_.geometry.window_samples};
}

Result<void> TrainingRun::train() {
  if (options_.preset == Preset::kSeismollm) {
    epoch_steps_ = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(examples_->epoch_draws()) / options_.batch_windows);
  }
  BatchSource batches(*examples_, plan(), training_->steps(), options_.workers);
  while (agree_to_go_on()) {
    const auto loss =
        training_->step(batches.next(), schedule_->learning_rate(training_->steps(), fraction_));
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
  const auto gained = best_.offer(
      {training_->steps(), metric},
      [this](const std::filesystem::path& path) { return training_->save_model(path); });
  if (!gained) {
    return tl::unexpected(gained.error());
  }
  validations_without_gain_ = *gained ? 0 : validations_without_gain_ + 1;
  done_early_ = validations_without_gain_ > options_.patience;
  return {};
}

Result<Validation> TrainingRun::score() {
  auto scored = validate_task(options_.task, held_out_, start_.geometry, training_->scorer());
  if (!scored) {
    return scored;
  }
  report_.scores_json = scored->scores_json;
  measured_ = scored->scalar;
  observer_.note(fmt::format("step {}\n{}", training_->steps(), scored->text));
  if (auto logged = metrics_->add_object(training_->steps(), "scores", scored->scores_json);
      !logged) {
    return tl::unexpected(logged.error());
  }
  return scored;
}

Result<double> TrainingRun::validation_loss() {
  const auto draws = static_cast<std::int64_t>(held_out_examples_->epoch_draws());
  const std::int64_t steps = std::max<std::int64_t>(1, draws / options_.batch_windows);
  const BatchPlan whole{
      options_.batch_windows, options_.batch_windows, 0, start_.geometry.window_samples};
  BatchSource batches(*held_out_examples_, whole, 0, options_.workers);
  double sum = 0.0;
  for (std::int64_t i = 0; i < steps; ++i) {
    sum += training_->validation_loss(batches.next());
  }
  const double loss = sum / static_cast<double>(steps);
  if (auto logged = metrics_->add(training_->steps(), {{"validation_loss", loss}}); !logged) {
    return tl::unexpected(logged.error());
  }
  return loss;
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
  if (options_.preset == Preset::kGeod && best_.best().step == validated_step_) {
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
  const RunResult result{options_,
                         start_,
                         dataset_.description,
                         report_,
                         measured_,
                         best_.empty() ? std::nullopt : std::optional(best_.best().step),
                         weights};
  if (auto loaded = training_->evaluate_with(weights); !loaded) {
    return loaded;
  }
  auto written = export_result(result, training_->scorer());
  if (!written) {
    return tl::unexpected(written.error());
  }
  report_.out = std::move(*written);
  observer_.note(fmt::format("written to {}", report_.out.string()));
  return write_report();
}

Result<void> TrainingRun::write_report() {
  const ScoreFunction score = training_->scorer();
  if (!test_.empty()) {
    const auto scored = validate_task(options_.task, test_, start_.geometry, score);
    if (!scored) {
      return fail_with(scored.error(), "test recordings");
    }
    report_.test_scores_json = scored->scores_json;
    observer_.note(fmt::format("test\n{}", scored->text));
  }
  const std::vector<Recording>& shown = test_.empty() ? held_out_ : test_;
  const RunReport report{
      options_,
      dataset_.description,
      start_.geometry,
      measured_,
      shown,
      shown.empty() ? std::string("nothing was held out")
                    : fmt::format("scored on {} recordings it has never seen", shown.size()),
      run_directory_};
  if (auto written = write_run_report(report, score); !written) {
    return written;
  }
  observer_.note(fmt::format("report: {}", (run_directory_ / "report.html").string()));
  return {};
}

}  // namespace geod::trainer
