#include <exception>

#include "trainer/training_run.hpp"

namespace geod::trainer {

/// Exported by the compute module; see TrainFunction. LibTorch's exceptions end here.
extern "C" __attribute__((visibility("default"))) void geod_train(const TrainOptions& options,
                                                                  const TrainObserver& observer,
                                                                  const std::stop_token& stop,
                                                                  Result<TrainReport>& out) {
  try {
    out = TrainingRun(options, observer, stop).run();
  } catch (const std::exception& error) {
    out = fail(Errc::kDevice, "training: {}", error.what());
  }
}

}  // namespace geod::trainer
