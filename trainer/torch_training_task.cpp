#include "trainer/torch_training_task.hpp"

#include "trainer/torch_image_task.hpp"
#include "trainer/torch_inversion_task.hpp"
#include "trainer/torch_seismogram_task.hpp"

namespace geod::trainer {

std::unique_ptr<TrainingTask> make_training_task(TrainOptions& options,
                                                 const TrainObserver& observer) {
  switch (models::input_of(options.task)) {
    case models::InputKind::kSeismograms:
      return std::make_unique<SeismogramTask>(options, observer);
    case models::InputKind::kImages:
      return std::make_unique<ImageTrainingTask>(options, observer);
    case models::InputKind::kShots:
      return std::make_unique<InversionTask>(options, observer);
  }
  return nullptr;
}

}  // namespace geod::trainer
