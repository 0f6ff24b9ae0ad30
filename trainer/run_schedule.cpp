#include "trainer/run_schedule.hpp"

#include <algorithm>
#include <utility>

namespace geod::trainer {
namespace {

constexpr double kLossMemory = 0.99;

}  // namespace

RunSchedule::RunSchedule(const TrainOptions& options,
                         LearningRate rate,
                         std::int64_t first_step,
                         double elapsed_before_s)
    : options_(options),
      rate_(std::move(rate)),
      first_step_(first_step),
      elapsed_before_s_(elapsed_before_s) {}

double RunSchedule::elapsed_s() const {
  return elapsed_before_s_ + std::chrono::duration<double>(Clock::now() - started_).count();
}

double RunSchedule::fraction(std::int64_t steps) const {
  const double by_steps = static_cast<double>(steps) / static_cast<double>(options_.steps);
  return options_.minutes > 0.0 ? std::max(by_steps, elapsed_s() / (60.0 * options_.minutes))
                                : by_steps;
}

double RunSchedule::add_loss(std::int64_t steps, double loss) {
  // The running mean starts unbiased: step n of this part weighs at least 1 / n.
  const double keep = std::min(kLossMemory, 1.0 - 1.0 / static_cast<double>(steps - first_step_));
  running_loss_ = keep * running_loss_ + (1.0 - keep) * loss;
  return running_loss_;
}

TrainProgress RunSchedule::progress(std::int64_t steps, double fraction) const {
  TrainProgress progress;
  progress.step = steps;
  progress.steps = options_.steps;
  progress.loss = running_loss_;
  progress.learning_rate = learning_rate(steps, fraction);
  const double here_s = elapsed_s() - elapsed_before_s_;
  const double rate = static_cast<double>(steps - first_step_) / std::max(here_s, 1e-9);
  progress.windows_per_s = rate * static_cast<double>(options_.batch_windows);
  progress.remaining_s = static_cast<double>(options_.steps - steps) / std::max(rate, 1e-9);
  if (options_.minutes > 0.0) {
    progress.remaining_s =
        std::min(progress.remaining_s, std::max(0.0, 60.0 * options_.minutes - elapsed_s()));
  }
  return progress;
}

}  // namespace geod::trainer
