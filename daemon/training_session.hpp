#pragma once

#include <memory>

#include "core/error.hpp"
#include "trainer/train_options.hpp"

namespace geod {

/// Training runs of one command, one after the other, with their progress on stderr. From its
/// opening on SIGINT and SIGTERM stop the run that goes on, with a checkpoint; a second one ends
/// the process. Thread: the one that opened it.
class TrainingSession {
 public:
  /// Loads the compute module. kNotFound naming what is missing.
  static Result<std::unique_ptr<TrainingSession>> open();
  ~TrainingSession();
  TrainingSession(const TrainingSession&) = delete;
  TrainingSession& operator=(const TrainingSession&) = delete;

  Result<trainer::TrainReport> train(const trainer::TrainOptions& options);

 private:
  struct Parts;
  explicit TrainingSession(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace geod
