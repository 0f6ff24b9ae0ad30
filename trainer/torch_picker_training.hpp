#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "models/torch_seismollm.hpp"
#include "trainer/batch_source.hpp"
#include "trainer/evaluation.hpp"
#include "trainer/run_identity.hpp"
#include "trainer/torch_optimiser.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// What a checkpoint keeps of a run beside its weights.
struct RunProgress {
  double elapsed_s = 0.0;
  std::optional<double> best_loss;  ///< of the epochs so far (preset seismollm)
  int epochs_without_gain = 0;
};

/// The network under training with its optimiser: one step at a time, and its state on disk.
/// Thread: one.
class PickerTraining {
 public:
  /// Fresh weights, with the trunk of `options.trunk`, or those of `options.init`; `geometry` is
  /// that of find_starting_point. Errors: those of load_network and load_trunk.
  static Result<PickerTraining> make(const TrainOptions& options,
                                     const models::SeisMollmGeometry& geometry);

  /// Forward, loss, backward, update. Returns the loss. kModelMismatch when it is not finite.
  Result<double> step(const PickBatch& batch, double learning_rate);

  /// The loss of a batch with the weights that would be saved; nothing changes.
  Result<double> validation_loss(const PickBatch& batch);

  /// Weights, moments, average and the step count, atomically.
  Result<void> save_checkpoint(const std::filesystem::path& path,
                               const RunIdentity& identity,
                               const RunProgress& progress) const;
  /// The progress it was saved with; nothing when there is no checkpoint. kModelMismatch
  /// naming every option that differs when it belongs to another run.
  Result<std::optional<RunProgress>> load_checkpoint(const std::filesystem::path& path,
                                                     const RunIdentity& identity);

  /// The averaged weights as `model.safetensors`.
  Result<void> save_model(const std::filesystem::path& path) const;

  /// Scores with the averaged weights; valid until the next step.
  ScoreFunction scorer();

  std::int64_t steps() const { return optimiser_->steps(); }

 private:
  PickerTraining(const TrainOptions& options, std::unique_ptr<models::TorchSeisMollm> network);
  at::Tensor pick_loss(const at::Tensor& logits, const PickBatch& batch) const;
  void refresh_averaged();

  TrainOptions options_;
  std::unique_ptr<models::TorchSeisMollm> network_;
  std::unique_ptr<TorchOptimiser> optimiser_;
  std::shared_ptr<models::TorchSeisMollm> averaged_;  ///< made when first asked to score
};

/// Scores through `network` in inference mode.
ScoreFunction score_function(std::shared_ptr<const models::TorchSeisMollm> network);

}  // namespace geod::trainer
