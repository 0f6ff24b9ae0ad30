#include "trainer/torch_seismogram_task.hpp"

#include <algorithm>
#include <utility>

#include "trainer/learning_rate.hpp"
#include "trainer/result_export.hpp"
#include "trainer/run_report.hpp"
#include "trainer/scalar_labels.hpp"
#include "trainer/torch_seismogram_network.hpp"
#include "trainer/torch_starting_network.hpp"
#include "trainer/training_split.hpp"

namespace geod::trainer {

SeismogramTask::SeismogramTask(const TrainOptions& options, const TrainObserver& observer)
    : options_(options), observer_(observer) {}

Result<RunIdentity> SeismogramTask::load() {
  if (options_.preset == Preset::kPaper) {
    return fail(Errc::kConfig, "--preset paper is of the image tasks; give geod or seismollm");
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
  RunIdentity identity = run_identity(options_, dataset_, start_.geometry, start_.weights_sha256);
  split();
  return identity;
}

void SeismogramTask::split() {
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

Result<std::unique_ptr<TrainedNetwork>> SeismogramTask::network() {
  auto network =
      starting_network(options_, start_.geometry, mean_label(training_data_, options_.task));
  if (!network) {
    return tl::unexpected(network.error());
  }
  return std::make_unique<SeismogramNetwork>(std::move(*network), options_.preset);
}

OptimiserSettings SeismogramTask::optimiser() const {
  OptimiserSettings settings;
  settings.average_decay = options_.average_decay;
  settings.max_gradient_norm = options_.max_gradient_norm;
  if (options_.preset == Preset::kSeismollm) {
    settings.beta2 = 0.999;
    settings.weight_decay = 0.0;
    settings.max_gradient_norm = 0.0;
    settings.average_decay = 0.0;
  }
  return settings;
}

Result<void> SeismogramTask::make_examples() {
  auto examples = make_example_source(options_, start_.geometry, training_data_, true);
  if (!examples) {
    return tl::unexpected(examples.error());
  }
  examples_ = std::move(*examples);
  if (options_.preset != Preset::kSeismollm) {
    return {};
  }
  epoch_steps_ = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(examples_->epoch_draws()) / options_.batch_windows);
  if (!held_out_.empty()) {
    auto held_out = make_example_source(options_, start_.geometry, held_out_, false);
    if (!held_out) {
      return fail_with(held_out.error(), "held-out recordings");
    }
    held_out_examples_ = std::move(*held_out);
  }
  return {};
}

TrainBatch SeismogramTask::make_batch(std::int64_t step, int rank, int size) const {
  const std::int64_t mine = options_.batch_windows / size;
  const BatchPlan plan{mine, options_.batch_windows, rank * mine, start_.geometry.window_samples};
  return trainer::make_batch(*examples_, plan, step);
}

double SeismogramTask::learning_rate(std::int64_t steps, double fraction) const {
  return options_.preset == Preset::kSeismollm
             ? cyclic_rate(steps,
                           options_.min_learning_rate,
                           options_.learning_rate,
                           options_.cycle_up_steps,
                           options_.cycle_down_steps)
             : warmup_cosine_rate(steps, fraction, options_.learning_rate, options_.warmup_steps);
}

Result<double> SeismogramTask::validation_loss(NetworkTraining& training) {
  const auto draws = static_cast<std::int64_t>(held_out_examples_->epoch_draws());
  const std::int64_t steps = std::max<std::int64_t>(1, draws / options_.batch_windows);
  const BatchPlan whole{
      options_.batch_windows, options_.batch_windows, 0, start_.geometry.window_samples};
  BatchSource batches(*held_out_examples_, whole, 0, options_.workers);
  double sum = 0.0;
  for (std::int64_t i = 0; i < steps; ++i) {
    sum += training.validation_loss(batches.next());
  }
  return sum / static_cast<double>(steps);
}

Result<Validation> SeismogramTask::score(NetworkTraining& training) {
  auto scored = validate_task(
      options_.task, held_out_, start_.geometry, score_function(training.evaluated()));
  if (scored) {
    measured_ = scored->scalar;
  }
  return scored;
}

Result<std::filesystem::path> SeismogramTask::write_result(const RunOutcome& outcome,
                                                           NetworkTraining& training) {
  const RunResult result{options_,
                         start_,
                         dataset_.description,
                         outcome.report,
                         measured_,
                         outcome.best_step,
                         outcome.weights};
  return export_result(result, score_function(training.evaluated()));
}

Result<std::optional<Validation>> SeismogramTask::write_report(const RunOutcome& outcome,
                                                               NetworkTraining& training) {
  const ScoreFunction score = score_function(training.evaluated());
  std::optional<Validation> tested;
  if (!test_.empty()) {
    auto scored = validate_task(options_.task, test_, start_.geometry, score);
    if (!scored) {
      return fail_with(scored.error(), "test recordings");
    }
    tested = std::move(*scored);
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
      outcome.run_directory};
  if (auto written = write_run_report(report, score); !written) {
    return tl::unexpected(written.error());
  }
  return tested;
}

}  // namespace geod::trainer
