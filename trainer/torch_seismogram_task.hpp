#pragma once

#include <memory>
#include <vector>

#include "trainer/dataset.hpp"
#include "trainer/starting_point.hpp"
#include "trainer/torch_training_task.hpp"
#include "trainer/training_split.hpp"

namespace geod::trainer {

/// Picks, first motions, back-azimuths, magnitudes and distances. What depends on which is
/// elsewhere: examples (example_source), loss (torch_task_loss), validation (task_validation).
class SeismogramTask final : public TrainingTask {
 public:
  /// Both must outlive the task.
  SeismogramTask(const TrainOptions& options, const TrainObserver& observer);

  Result<RunIdentity> load() override;
  Result<std::unique_ptr<TrainedNetwork>> network() override;
  OptimiserSettings optimiser() const override;
  Result<void> make_examples() override;
  TrainBatch make_batch(std::int64_t step, int rank, int size) const override;
  std::int64_t validation_interval() const override { return epoch_steps_; }
  double learning_rate(std::int64_t steps, double fraction) const override;
  bool begin_step(NetworkTraining&) const override { return true; }
  bool has_held_out() const override { return !held_out_.empty(); }
  bool judges_by_loss() const override { return options_.preset == Preset::kSeismollm; }
  Result<double> validation_loss(NetworkTraining& training) override;
  Result<Validation> score(NetworkTraining& training) override;
  std::string data_faults() const override { return describe_faults(training_data_); }
  Result<std::filesystem::path> write_result(const RunOutcome& outcome,
                                             NetworkTraining& training) override;
  Result<std::optional<Validation>> write_report(const RunOutcome& outcome,
                                                 NetworkTraining& training) override;

 private:
  void split();

  const TrainOptions& options_;
  const TrainObserver& observer_;
  StartingPoint start_;
  Dataset dataset_;
  std::vector<Recording> training_data_;
  std::vector<Recording> held_out_;
  std::vector<Recording> test_;  ///< of TrainOptions::shares; neither trained nor validated on
  std::unique_ptr<ExampleSource> examples_;
  std::unique_ptr<ExampleSource> held_out_examples_;  ///< of preset seismollm; else null
  std::int64_t epoch_steps_ = 0;                      ///< preset seismollm
  models::ScalarSettings measured_;                   ///< with the scores of the report
};

}  // namespace geod::trainer
