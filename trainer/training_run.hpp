#pragma once

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>

#include "trainer/dataset.hpp"
#include "trainer/run_identity.hpp"
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
  using Clock = std::chrono::steady_clock;

  Result<void> prepare();
  /// Goes on from the checkpoint, if there is one of this run.
  Result<void> resume();
  Result<void> open_run_directory();
  void split();
  BatchPlan plan() const;
  Result<void> train();
  /// 0 to 1: how far the schedule has come.
  double fraction() const;
  double learning_rate() const;
  double elapsed_s() const;
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
  Result<void> keep(double metric);
  std::filesystem::path best_file(const KeptWeights& kept) const;

  void report_progress();
  void log_metrics(const std::string& json_line);
  /// The scores of what will be written.
  Result<void> score_result();
  Result<void> export_result();
  std::string provenance() const;

  const TrainOptions options_;
  const TrainObserver& observer_;
  std::stop_token stop_;

  StartingPoint start_;
  RunIdentity identity_;
  Dataset dataset_;
  std::vector<Recording> training_data_;
  std::vector<Recording> held_out_;
  std::unique_ptr<ExampleSource> examples_;
  std::unique_ptr<ExampleSource> held_out_examples_;  ///< null when none is needed
  std::unique_ptr<NetworkTraining> training_;
  std::filesystem::path run_directory_;
  std::ofstream metrics_;

  Clock::time_point started_;
  double elapsed_before_s_ = 0.0;  ///< of the runs that this one resumes
  std::int64_t first_step_ = 0;
  std::int64_t epoch_steps_ = 0;  ///< preset seismollm
  std::int64_t validated_step_ = -1;
  double running_loss_ = 0.0;
  RunProgress progress_;
  bool done_early_ = false;
  TrainReport report_;
};

}  // namespace geod::trainer
