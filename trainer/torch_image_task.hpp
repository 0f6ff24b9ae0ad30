#pragma once

#include <memory>
#include <optional>

#include "trainer/image_batches.hpp"
#include "trainer/segment_scores.hpp"
#include "trainer/starting_point.hpp"
#include "trainer/torch_training_task.hpp"

namespace geod::trainer {

/// The five image tasks. Preset paper trains as Guo et al. state it, with `compat` as their code
/// does it (eval mode after the first epoch, constant learning rate, mirror images in validation);
/// preset geod: docs/image-tasks.md.
class ImageTrainingTask final : public TrainingTask {
 public:
  /// Both must outlive the task; load() completes the options.
  ImageTrainingTask(TrainOptions& options, const TrainObserver& observer);

  Result<RunIdentity> load() override;
  Result<std::unique_ptr<TrainedNetwork>> network() override;
  OptimiserSettings optimiser() const override;
  Result<void> make_examples() override { return {}; }
  TrainBatch make_batch(std::int64_t step, int rank, int size) const override;
  /// An epoch; of preset geod more, where the run has more epochs than kMostValidations.
  std::int64_t validation_interval() const override;
  double learning_rate(std::int64_t steps, double fraction) const override;
  bool begin_step(NetworkTraining& training) const override;
  bool has_held_out() const override { return !images_.held_out.empty(); }
  bool judges_by_loss() const override { return false; }
  Result<double> validation_loss(NetworkTraining& training) override;
  Result<Validation> score(NetworkTraining& training) override;
  std::string data_faults() const override { return {}; }
  Result<std::filesystem::path> write_result(const RunOutcome& outcome,
                                             NetworkTraining& training) override;
  Result<std::optional<Validation>> write_report(const RunOutcome& outcome,
                                                 NetworkTraining& training) override;

 private:
  bool published() const { return options_.preset == Preset::kPaper; }
  void complete_options();
  ScoringSettings scoring(bool mirrored) const;

  TrainOptions& options_;
  const TrainObserver& observer_;
  ImageSet images_;
  StartingPoint start_;
  std::optional<ImageBatches> batches_;
};

}  // namespace geod::trainer
