#pragma once

#include <memory>
#include <optional>

#include "trainer/dataset.hpp"
#include "trainer/metrics_log.hpp"
#include "trainer/run_identity.hpp"
#include "trainer/run_schedule.hpp"
#include "trainer/starting_point.hpp"
#include "trainer/task_validation.hpp"
#include "trainer/torch_network_training.hpp"

namespace geod::trainer {

/// One run of `geod train`, from the data to what it writes. What depends on the task is elsewhere:
/// examples (example_source), loss (torch_task_loss), validation (task_validation).
/// Thread: one, which also computes; batches are made on others.
class TrainingRun {
 public:
  TrainingRun(const TrainOptions& options, const TrainObserver& observer, std::stop_token stop);
  Result<TrainReport> run();

 private:
  Result<void> prepare();
  /// Whether this is the process that validates, saves and exports.
  bool leads() const { return group_->rank() == 0; }
  /// One process that cannot begin, or begins elsewhere, keeps all from it.
  Result<void> agree_to_begin(Result<void> prepared);
  /// Before every step; sets `fraction_` and `stopped_`.
  bool agree_to_go_on();
  /// Goes on from the checkpoint, if there is one of this run.
  Result<void> resume();
  Result<void> open_run_directory();
  void split();
  Result<void> make_examples();
  BatchPlan plan() const;
  Result<void> train();
  Result<void> after_step(double loss);
  Result<void> save_checkpoint();

  /// Whether the held-out recordings are looked at after this step.
  bool validation_is_due() const;
  /// Looks at them, keeps the weights when they are among the best, and sets `done_early_` after
  /// `patience` times without gain.
  Result<void> validate();
  /// The field's scores of the weights under evaluation, logged.
  Result<Validation> score();
  /// Preset seismollm: the mean loss over one epoch of the held-out recordings.
  Result<double> validation_loss();

  Result<void> report_progress();
  /// Validates the last weights and scores those that will be written.
  Result<void> score_result();
  Result<void> write_result();
  /// Scores the test recordings, and writes report.html. The network is the one written.
  Result<void> write_report();

  const TrainOptions options_;
  const TrainObserver& observer_;
  std::stop_token stop_;

  std::unique_ptr<ProcessGroup> group_;
  StartingPoint start_;
  RunIdentity identity_;
  Dataset dataset_;
  std::vector<Recording> training_data_;
  std::vector<Recording> held_out_;
  std::vector<Recording> test_;  ///< of TrainOptions::shares; neither trained nor validated on
  std::unique_ptr<ExampleSource> examples_;
  std::unique_ptr<ExampleSource> held_out_examples_;  ///< of preset seismollm; else null
  std::unique_ptr<NetworkTraining> training_;
  std::filesystem::path run_directory_;
  std::optional<MetricsLog> metrics_;  ///< of the process that leads

  std::optional<RunSchedule> schedule_;  ///< from prepare() on
  std::int64_t epoch_steps_ = 0;         ///< preset seismollm
  std::int64_t validated_step_ = -1;
  BestWeights best_;
  int validations_without_gain_ = 0;
  double fraction_ = 0.0;  ///< of the schedule, as all processes see it
  bool done_early_ = false;
  bool stopped_ = false;
  TrainReport report_;
  models::ScalarSettings measured_;  ///< with the scores of the report
};

}  // namespace geod::trainer
