#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace geod::models {

/// How the encoder's position table is brought to another grid than its own. All bicubic.
enum class PositionRule : std::uint8_t {
  kOffset,     ///< DINOv2 without registers: by the scale (cells + 0.1) / grid
  kSize,       ///< newer transformers: by the size
  kAntialias,  ///< DINOv2 with registers: by the size, antialiased
};

/// What makes class scores out of the encoder's features. Guo et al. (arXiv 2408.12396).
enum class SegmentDecoder : std::uint8_t {
  kNone,  ///< the encoder alone: a base to train from
  kLinear,
  kPup,
  kMla,
  kDpt,
  kUnet,  ///< no encoder at all: the baseline
};
std::string_view to_string(PositionRule rule);
std::string_view to_string(SegmentDecoder decoder);
Result<PositionRule> parse_position_rule(std::string_view text);
/// kUnsupported listing the names.
Result<SegmentDecoder> parse_segment_decoder(std::string_view text);
/// `decoder_width` as published: 256 of DPT, 32 of the U-Net; no other decoder looks at it.
std::int64_t published_decoder_width(SegmentDecoder decoder);

/// Every dimension of a DINOv2 encoder with a decoder. The defaults are ViT-S/14 for DAS tiles.
struct SegmenterGeometry {
  std::int64_t width = 384;
  std::int64_t blocks = 12;
  std::int64_t heads = 6;
  std::int64_t registers = 0;
  std::int64_t patch = 14;
  std::int64_t mlp_ratio = 4;
  std::int64_t position_grid = 37;  ///< side of the position table
  PositionRule position_rule = PositionRule::kOffset;
  /// Blocks, counted from 1, whose outputs (through the final LayerNorm) the decoder gets;
  /// ascending. The paper's for ViT-S; DINOv2's own dense heads take 5, 12, 18, 24 of ViT-L.
  std::array<std::int64_t, 4> taps{3, 6, 9, 12};

  /// On the fused qkv and the output projection of every block; 0: none.
  std::int64_t lora_rank = 0;
  double lora_alpha = 1.0;
  double lora_dropout = 0.0;

  SegmentDecoder decoder = SegmentDecoder::kNone;
  std::int64_t decoder_width = 256;  ///< of DPT (published 256); the U-Net's first stage (32)
  std::int64_t classes = 2;
  /// Of an image or tile, as labels have them; the encoder sees it resized to whole patches, and
  /// scores come back at this size.
  std::int64_t rows = 512;
  std::int64_t columns = 512;
  /// Patches of the resized image; 0: as many as cover it. The paper's code takes 20 x 20 for the
  /// 224 x 224 of its salt images.
  std::int64_t patch_rows = 0;
  std::int64_t patch_columns = 0;

  bool has_encoder() const { return decoder != SegmentDecoder::kUnet; }
  /// Patches along an axis of `length` pixels: as many as cover it.
  std::int64_t patches(std::int64_t length) const { return (length + patch - 1) / patch; }
  /// The grid of patches that the encoder sees.
  std::int64_t grid_rows() const { return patch_rows > 0 ? patch_rows : patches(rows); }
  std::int64_t grid_columns() const { return patch_columns > 0 ? patch_columns : patches(columns); }

  /// kModelMismatch naming the field.
  Result<void> validate() const;

  bool operator==(const SegmenterGeometry&) const = default;
};

/// "dinov2-small", "dinov2-base", "dinov2-large", the same with "-reg4" (the encoder alone), and
/// "starter-das" (the small network shipped with geod). kNotFound.
Result<SegmenterGeometry> named_segmenter(std::string_view name);

/// JSON object of all fields. Missing keys keep their defaults (decoder_width the decoder's
/// published one), unknown ones are kModelMismatch. Validates.
std::string geometry_to_json(const SegmenterGeometry& geometry);
Result<SegmenterGeometry> segmenter_from_json(std::string_view json);

}  // namespace geod::models
