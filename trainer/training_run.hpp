#pragma once

#include <memory>
#include <optional>

#include "trainer/metrics_log.hpp"
#include "trainer/run_schedule.hpp"
#include "trainer/torch_training_task.hpp"

namespace geod::trainer {

/// One run of `geod train`, from the data to what it writes: schedule, checkpoints, validation,
/// early stopping, several processes. What depends on the task is behind TrainingTask.
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
  Result<void> train();
  Result<void> after_step(double loss);
  Result<void> save_checkpoint();

  /// Whether the held-out data are looked at after this step.
  bool validation_is_due() const;
  /// Looks at the held-out data, keeps the weights when they are among the best, and sets
  /// `done_early_` after `patience` times without gain.
  Result<void> validate();
  /// The field's scores of the weights under evaluation, logged.
  Result<Validation> score();
  /// The metric that chooses the weights: the smaller the better.
  Result<double> judge();

  Result<void> report_progress();
  /// Validates the last weights and scores those that will be written.
  Result<void> score_result();
  Result<void> write_result();

  TrainOptions options_;  ///< completed by the task
  const TrainObserver& observer_;
  std::stop_token stop_;

  std::unique_ptr<ProcessGroup> group_;
  std::unique_ptr<TrainingTask> task_;
  RunIdentity identity_;
  std::unique_ptr<NetworkTraining> training_;
  std::filesystem::path run_directory_;
  std::optional<MetricsLog> metrics_;  ///< of the process that leads

  std::optional<RunSchedule> schedule_;  ///< from prepare() on
  std::int64_t validated_step_ = -1;
  BestWeights best_;
  int validations_without_gain_ = 0;
  double fraction_ = 0.0;  ///< of the schedule, as all processes see it
  bool done_early_ = false;
  bool stopped_ = false;
  TrainReport report_;
};

}  // namespace geod::trainer
