#pragma once

#include <memory>

#include "models/torch_segmenter.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// The network an image run begins with: random weights, or those of `options.init` with a fresh
/// decoder where that has none of this kind for as many classes, and fresh LoRA pairs where it has
/// none. What the method leaves alone is frozen.
///
/// @param geometry  of find_image_start.
/// Errors: those of read_tensors.
Result<std::unique_ptr<models::TorchSegmenter>> starting_segmenter(
    const TrainOptions& options, const models::SegmenterGeometry& geometry);

/// Whether a tensor trains under a method: full and scratch all that the network uses, lora the
/// pairs and the decoder, head the decoder.
bool trains_in_images(const models::TensorSpec& spec, Method method);

}  // namespace geod::trainer
