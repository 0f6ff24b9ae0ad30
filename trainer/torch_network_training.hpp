#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "models/torch_seismollm.hpp"
#include "trainer/batch_source.hpp"
#include "trainer/evaluation.hpp"
#include "trainer/run_identity.hpp"
#include "trainer/run_progress.hpp"
#include "trainer/torch_optimiser.hpp"
#include "trainer/torch_process_group.hpp"
#include "trainer/torch_task_loss.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// The network under training with its optimiser: one step at a time, and its state on disk.
/// Thread: one.
class NetworkTraining {
 public:
  /// @param network  of starting_network; moved to `device`.
  /// @param group  must outlive this; every process of it makes the same steps.
  NetworkTraining(const TrainOptions& options,
                  std::unique_ptr<models::TorchSeisMollm> network,
                  ProcessGroup& group,
                  at::Device device = at::kCPU);

  /// Forward and backward over the parts of this process's batch, then one update with the sum of
  /// all processes' gradients. Returns the loss of all. kModelMismatch when it is not finite.
  Result<double> step(const TrainBatch& batch, double learning_rate);

  /// The loss of a batch with the weights that would be saved; nothing changes. For one process
  /// alone, as are the evaluations below.
  double validation_loss(const TrainBatch& batch);

  /// Outputs with the weights that would be saved; valid until the next step.
  ScoreFunction scorer();

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
  /// Evaluates with the weights of a file of save_model, until the next step.
  Result<void> evaluate_with(const std::filesystem::path& path);

  std::int64_t steps() const { return optimiser_.steps(); }
  const models::TorchSeisMollm& network() const { return *network_; }

 private:
  at::Tensor loss_of(const models::TorchSeisMollm& network,
                     const TrainBatch& batch,
                     std::int64_t first,
                     std::int64_t windows,
                     bool training) const;
  /// The network that is evaluated, brought up to date.
  models::TorchSeisMollm& averaged();

  TrainOptions options_;
  ProcessGroup& group_;
  LossKind kind_;
  at::Device device_;
  std::unique_ptr<models::TorchSeisMollm> network_;
  TorchOptimiser optimiser_;
  std::shared_ptr<models::TorchSeisMollm> averaged_;  ///< made when first asked to evaluate
  std::int64_t averaged_step_ = -1;                   ///< of the weights that it holds
};

/// Scores through `network` in inference mode.
ScoreFunction score_function(std::shared_ptr<const models::TorchSeisMollm> network,
                             at::Device device);

}  // namespace geod::trainer
