#include "trainer/image_options.hpp"

namespace geod::trainer {

std::string_view to_string(ImageLoss loss) {
  switch (loss) {
    case ImageLoss::kWeightedDice:
      return "wdice";
    case ImageLoss::kCodeWeightedDice:
      return "wdice-code";
    case ImageLoss::kDice:
      return "dice";
    case ImageLoss::kFocal:
      return "focal";
    case ImageLoss::kCrossEntropy:
      return "ce";
    case ImageLoss::kDiceCrossEntropy:
      return "dice-ce";
  }
  return "";
}

}  // namespace geod::trainer
