#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/geometry.hpp"
#include "models/segmenter_geometry.hpp"

namespace geod::trainer {

/// What the paper says of one of its five image tasks. Source: Guo et al. (arXiv 2408.12396),
/// tables S2 and S4, and its code.
struct ImageTask {
  models::Task task = models::Task::kDas;
  const char* image_folder = "image";  ///< of the `.dat` layout
  const char* label_folder = "label";
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<std::string> class_names;
  std::int64_t batch_images = 0;  ///< before mirroring
};

/// Programmer error when the task is no image task.
const ImageTask& image_task(models::Task task);

/// A row of the paper's table S2 for one task.
struct PublishedScore {
  models::SegmentDecoder decoder = models::SegmentDecoder::kLinear;
  double mean_iou = 0.0;
  double mean_accuracy = 0.0;  ///< mPA
};

/// U-Net, LINEAR, PUP, DPT, MLA, as the table has them.
std::vector<PublishedScore> published_scores(models::Task task);

}  // namespace geod::trainer
