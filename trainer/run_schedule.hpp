#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "trainer/train_options.hpp"

namespace geod::trainer {

/// The learning rate of the next step, after `steps` steps and at `fraction` of the schedule.
using LearningRate = std::function<double(std::int64_t steps, double fraction)>;

/// Time, learning rate and progress of a run. Thread: one.
class RunSchedule {
 public:
  /// The clock of this part of the run begins now.
  /// @param first_step, elapsed_before_s  of the parts that this one resumes.
  /// @param rate  learning rate of the next step, as learning_rate().
  RunSchedule(const TrainOptions& options,
              LearningRate rate,
              std::int64_t first_step,
              double elapsed_before_s);

  /// Of all parts.
  double elapsed_s() const;

  /// 0 to 1: how far the schedule has come after `steps` steps, by steps or by the clock.
  double fraction(std::int64_t steps) const;

  /// Of the next step, after `steps` steps and at `fraction` of the schedule.
  double learning_rate(std::int64_t steps, double fraction) const { return rate_(steps, fraction); }

  /// The running mean of the losses, with the next one.
  double add_loss(std::int64_t steps, double loss);
  double running_loss() const { return running_loss_; }
  std::int64_t first_step() const { return first_step_; }

  TrainProgress progress(std::int64_t steps, double fraction) const;

 private:
  using Clock = std::chrono::steady_clock;

  TrainOptions options_;
  LearningRate rate_;
  std::int64_t first_step_;
  double elapsed_before_s_;
  Clock::time_point started_ = Clock::now();
  double running_loss_ = 0.0;
};

}  // namespace geod::trainer
