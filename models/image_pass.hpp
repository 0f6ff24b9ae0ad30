#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/error.hpp"
#include "models/segmentation.hpp"
#include "models/segmenter_geometry.hpp"

namespace geod::models {

/// What a network says of a whole image.
struct SegmentedImage {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::size_t classes = 0;
  std::vector<std::uint8_t> mask;    ///< [rows, columns] likeliest class; the lower one of equals
  std::vector<float> probabilities;  ///< [classes, rows, columns], summing to 1 over the classes
};

/// One image of any size on its way through a network whose tiles have one size.
///
/// An image larger than a tile is covered by tiles that overlap by at least half, the last ones
/// aligned to the far edges; one that is smaller along an axis is continued by its mirror image.
/// Probabilities are blended with sin^2 windows that are flat towards the image's edges (as
/// MaskMerger does for fibres), so a place is decided by the tile in whose middle it lies.
///
///   while (!pass.is_done()) { engine.segment(pass.next(max_batch), batch); pass.add(batch); }
///
/// Single-threaded.
class ImagePass {
 public:
  /// `image` has at least one row and column, and a value for each.
  ImagePass(Tile image, const SegmenterGeometry& geometry);

  bool is_done() const { return added_ == tiles_; }
  std::size_t tiles() const { return tiles_; }
  std::size_t tiles_done() const { return added_; }

  /// The tiles that come next, at most `max_tiles`; valid until the next call.
  std::span<const Tile* const> next(std::size_t max_tiles);
  /// What the network said of them. kModelMismatch when it is of another size or not finite.
  Result<void> add(const SegmentBatch& batch);

  /// Begins anew, for another network.
  void restart(const SegmenterGeometry& geometry);

  /// Once, when done.
  SegmentedImage take();

 private:
  /// How one axis is covered.
  struct Axis {
    Axis(std::int64_t image_length, std::int64_t tile_length);
    std::int64_t length;
    std::int64_t tile;
    std::vector<std::int64_t> starts;
    std::vector<std::vector<float>> windows;  ///< [start][tile], summing to 1 on every pixel
  };

  void cut(std::size_t number, Tile& tile) const;
  void blend(std::size_t number, const SegmentBatch& batch, std::size_t n);

  Tile image_;
  Axis rows_;
  Axis columns_;
  std::size_t tiles_ = 0;
  std::size_t added_ = 0;
  std::size_t classes_ = 0;
  std::vector<float> sums_;  ///< [classes, rows, columns]
  std::vector<Tile> batch_;
  std::vector<const Tile*> pointers_;
};

/// kModelMismatch naming the first value outside [0, 255], where the networks were trained.
Result<void> check_image(const Tile& image);

}  // namespace geod::models
