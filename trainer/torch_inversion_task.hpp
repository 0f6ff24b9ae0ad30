#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "trainer/inversion_batches.hpp"
#include "trainer/inversion_scores.hpp"
#include "trainer/starting_point.hpp"
#include "trainer/torch_training_task.hpp"

namespace geod::trainer {

/// Task fwi: InversionNet from random weights, all of its weights, or what is laid on it. Preset
/// paper trains as Ghosal et al. and OpenFWI's code do; preset geod: docs/fwi.md.
class InversionTask final : public TrainingTask {
 public:
  /// Both must outlive the task; load() completes the options.
  InversionTask(TrainOptions& options, const TrainObserver& observer);

  Result<RunIdentity> load() override;
  Result<std::unique_ptr<TrainedNetwork>> network() override;
  OptimiserSettings optimiser() const override;
  Result<void> make_examples() override { return {}; }
  TrainBatch make_batch(std::int64_t step, int rank, int size) const override;
  /// An epoch; of preset geod more, where the run has more epochs than kMostValidations.
  std::int64_t validation_interval() const override;
  double learning_rate(std::int64_t steps, double fraction) const override;
  bool begin_step(NetworkTraining&) const override { return true; }
  bool has_held_out() const override { return !held_out_.empty(); }
  bool judges_by_loss() const override { return false; }
  Result<double> validation_loss(NetworkTraining& training) override;
  Result<Validation> score(NetworkTraining& training) override;
  std::string data_faults() const override;
  Result<std::filesystem::path> write_result(const RunOutcome& outcome,
                                             NetworkTraining& training) override;
  Result<std::optional<Validation>> write_report(const RunOutcome& outcome,
                                                 NetworkTraining& training) override;

 private:
  bool published() const { return options_.preset == Preset::kPaper; }
  Result<void> open_folders();
  Result<void> choose_samples();
  void complete_options();

  TrainOptions& options_;
  const TrainObserver& observer_;
  std::vector<InversionFolder> folders_;  ///< trained on, then those of --test
  std::size_t trained_on_ = 0;            ///< of folders_
  std::vector<InversionSample> training_;
  std::vector<InversionSample> held_out_;
  std::vector<InversionSample> tests_;  ///< validation parts of all folders
  StartingPoint start_;
  std::vector<models::InversionSettings> settings_;  ///< of each folder
  std::optional<InversionBatches> batches_;
};

}  // namespace geod::trainer
