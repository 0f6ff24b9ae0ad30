#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/segmenter_geometry.hpp"

namespace geod::trainer {

/// What a segmentation is trained by; formulas in torch_image_loss.hpp.
enum class ImageLoss : std::uint8_t {
  kWeightedDice,      ///< as the paper states it
  kCodeWeightedDice,  ///< as its code computes it
  kDice,
  kFocal,
  kCrossEntropy,
  kDiceCrossEntropy,  ///< mean Dice of the classes + cross-entropy
};
std::string_view to_string(ImageLoss loss);

/// Of `geod train`, for the image tasks alone.
struct ImageOptions {
  std::optional<models::SegmentDecoder> decoder;  ///< nothing: that of the base
  std::optional<ImageLoss> loss;                  ///< nothing: the preset's
  /// Preset paper: as the authors' code does it where that differs from the paper.
  bool compat = false;
  std::vector<std::string> class_names;  ///< empty: the data set's, else the task's
  bool balanced_classes = false;         ///< cross-entropy weighs a class by 1 / (K share)
  std::vector<double> class_weights;     ///< of cross-entropy; empty: 1
  /// Size the network sees; 0: that of the images, or of the base.
  std::int64_t tile_rows = 0;
  std::int64_t tile_columns = 0;
};

}  // namespace geod::trainer
