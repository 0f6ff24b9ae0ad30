#include "trainer/torch_training_task.hpp"

#include "trainer/torch_image_task.hpp"
#include "trainer/torch_seismogram_task.hpp"

namespace geod::trainer {

std::unique_ptr<TrainingTask> make_training_task(TrainOptions& options,
                                                 const TrainObserver& observer) {
  if (models::is_image_task(options.task)) {
    return std::make_unique<ImageTrainingTask>(options, observer);
  }
  return std::make_unique<SeismogramTask>(options, observer);
}

}  // namespace geod::trainer
