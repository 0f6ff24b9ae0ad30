#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "trainer/run_identity.hpp"
#include "trainer/task_validation.hpp"
#include "trainer/torch_network_training.hpp"

namespace geod::trainer {

/// What a run has come to when it writes its result.
struct RunOutcome {
  const TrainReport& report;
  std::optional<std::int64_t> best_step;  ///< of the weights, when a validation chose them
  std::filesystem::path weights;          ///< all tensors of the network, safetensors
  std::filesystem::path run_directory;    ///< holds metrics.jsonl
};

/// What is special to a family of tasks in a run of `geod train`: its data, network, schedule,
/// scores and files. TrainingRun asks in the order of the functions. Thread: one, but for
/// make_batch.
class TrainingTask {
 public:
  virtual ~TrainingTask() = default;

  /// Finds where the run starts from, loads and splits the data, and completes the options with
  /// what depends on them. Returns what makes two runs the same.
  virtual Result<RunIdentity> load() = 0;
  /// The network the run begins with; what the method leaves alone is frozen.
  virtual Result<std::unique_ptr<TrainedNetwork>> network() = 0;
  virtual OptimiserSettings optimiser() const = 0;
  /// What make_batch, validation_interval and validation_loss need.
  virtual Result<void> make_examples() = 0;

  /// The part of process `rank` of `size` of the batch of a step. Any thread.
  virtual TrainBatch make_batch(std::int64_t step, int rank, int size) const = 0;
  /// Steps from one validation to the next where --validate does not say; 0: only at the end.
  virtual std::int64_t validation_interval() const = 0;
  virtual double learning_rate(std::int64_t steps, double fraction) const = 0;
  /// Called before every step; returns whether it is computed in training mode.
  virtual bool begin_step(NetworkTraining& training) const = 0;

  virtual bool has_held_out() const = 0;
  /// Whether the best weights are those of the least validation loss, not of Validation::metric.
  virtual bool judges_by_loss() const = 0;
  /// The mean loss over the held-out examples.
  virtual Result<double> validation_loss(NetworkTraining& training) = 0;
  /// The field's scores on the held-out data.
  virtual Result<Validation> score(NetworkTraining& training) = 0;

  /// Faults of the data that came up on the way, for people; empty: none.
  virtual std::string data_faults() const = 0;
  /// Writes the model folder or bundle. `training` evaluates with the weights of the outcome.
  virtual Result<std::filesystem::path> write_result(const RunOutcome& outcome,
                                                     NetworkTraining& training) = 0;
  /// Scores the test data, if there are any, and writes report.html.
  virtual Result<std::optional<Validation>> write_report(const RunOutcome& outcome,
                                                         NetworkTraining& training) = 0;
};

/// The task of `options`, which it completes and which must outlive it, as must `observer`.
std::unique_ptr<TrainingTask> make_training_task(TrainOptions& options,
                                                 const TrainObserver& observer);

}  // namespace geod::trainer
