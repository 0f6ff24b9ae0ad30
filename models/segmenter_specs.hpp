#pragma once

#include <vector>

#include "models/segmenter_geometry.hpp"
#include "models/tensor_specs.hpp"

namespace geod::models {

/// Every tensor of the network in registration order: encoder, its LoRA pairs, decoder; or the
/// U-Net. `geometry` must be valid. Names: the encoder's as DINOv2's under "encoder.", LoRA on
/// "encoder.blocks.I.attn.qkv" and ".proj" as ".lora_A.weight" [rank, in] and ".lora_B.weight"
/// [out, rank], the decoder's as published (Guo et al., arXiv 2408.12396) under "decoder.", the
/// U-Net's under "unet.".
std::vector<TensorSpec> segmenter_specs(const SegmenterGeometry& geometry);

/// The encoder alone without LoRA: what a folder of family "dinov2" holds.
std::vector<TensorSpec> encoder_specs(const SegmenterGeometry& geometry);

}  // namespace geod::models
