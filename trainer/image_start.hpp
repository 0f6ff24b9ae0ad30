#pragma once

#include <cstddef>

#include "trainer/image_set.hpp"
#include "trainer/starting_point.hpp"

namespace geod::trainer {

/// Rank of LoRA pairs that --lora-rank does not say, as published.
inline constexpr std::int64_t kDefaultImageLoraRank = 8;

/// What a run of an image task starts from: the encoder or segmenter of --init, or a geometry by
/// name or file, with the decoder asked for, the classes of the data and the size of its images (or
/// of --tile). kNotFound; kModelMismatch when the folder is of seismograms; kConfig when options
/// contradict each other or images of several sizes need --tile.
Result<StartingPoint> find_image_start(const TrainOptions& options, const ImageSet& images);

}  // namespace geod::trainer
