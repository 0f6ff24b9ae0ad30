#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "models/segmentation.hpp"
#include "trainer/image_set.hpp"

namespace geod::trainer {

/// A piece of an image; what lies outside the image is grey and has no label.
struct PiecePlace {
  std::int64_t row = 0;  ///< of the piece's first pixel
  std::int64_t column = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

/// The value of pixels that are not there: in the middle of 0 to 255.
inline constexpr float kNeutralPixel = 127.0F;

/// Pixels and classes of a piece, [rows, columns], `mirrored` along the columns.
void cut_pixels(const LabelledImage& image,
                const PiecePlace& place,
                bool mirrored,
                std::span<float> out);
void cut_labels(const LabelledImage& image,
                const PiecePlace& place,
                bool mirrored,
                std::span<float> out);

/// Pieces of `rows` x `columns` side by side that cover the image; the last of an axis ends at the
/// image's edge and overlaps the one before.
std::vector<PiecePlace> cover(const LabelledImage& image, std::int64_t rows, std::int64_t columns);

/// Class probabilities of tiles, as SegmentationEngine::segment.
using SegmentFunction = std::function<Result<void>(std::span<const models::Tile* const> tiles,
                                                   models::SegmentBatch& out)>;

/// How an image is brought through a network.
struct TileSettings {
  std::int64_t rows = 0;  ///< of the network's tiles
  std::int64_t columns = 0;
  std::size_t classes = 2;
  std::size_t batch_tiles = 4;
};

/// Class probabilities of a whole image, [K, rows, columns]: those of overlapping tiles are
/// averaged. Errors of `segment`.
Result<std::vector<float>> segment_image(const LabelledImage& image,
                                         bool mirrored,
                                         const TileSettings& settings,
                                         const SegmentFunction& segment);

/// The likeliest class of every pixel, the first one of equals.
std::vector<std::int8_t> likeliest_classes(std::span<const float> probabilities,
                                           std::size_t classes);

/// The image mirrored along its columns, with its labels.
LabelledImage mirror(const LabelledImage& image);

}  // namespace geod::trainer
