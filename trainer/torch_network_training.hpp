#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "trainer/batch_source.hpp"
#include "trainer/run_identity.hpp"
#include "trainer/run_progress.hpp"
#include "trainer/torch_optimiser.hpp"
#include "trainer/torch_process_group.hpp"
#include "trainer/torch_trained_network.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// The network under training with its optimiser: one step at a time, and its state on disk.
/// Thread: one.
class NetworkTraining {
 public:
  /// @param network  moved to `device`.
  /// @param group  must outlive this; every process of it makes the same steps.
  NetworkTraining(const TrainOptions& options,
                  std::unique_ptr<TrainedNetwork> network,
                  const OptimiserSettings& settings,
                  ProcessGroup& group,
                  at::Device device = at::kCPU);

  /// Forward and backward over the parts of this process's batch, then one update with the sum of
  /// all processes' gradients. Returns the loss of all. kModelMismatch when it is not finite.
  /// @param training_mode  false: dropouts off, running statistics used and left as they are.
  Result<double> step(const TrainBatch& batch, double learning_rate, bool training_mode = true);

  /// The loss of a batch with the weights that would be saved; nothing changes. For one process
  /// alone, as are the evaluations below.
  double validation_loss(const TrainBatch& batch);

  /// The network with the weights that would be saved; they are those until the next step.
  std::shared_ptr<const TrainedNetwork> evaluated();

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
  TrainedNetwork& network() { return *network_; }

 private:
  /// The network that is evaluated, brought up to date.
  TrainedNetwork& averaged();

  TrainOptions options_;
  ProcessGroup& group_;
  at::Device device_;
  std::unique_ptr<TrainedNetwork> network_;
  TorchOptimiser optimiser_;
  std::shared_ptr<TrainedNetwork> averaged_;  ///< made when first asked to evaluate
  std::int64_t averaged_step_ = -1;           ///< of the weights that it holds
};

}  // namespace geod::trainer
