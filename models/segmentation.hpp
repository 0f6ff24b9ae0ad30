#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/network_host.hpp"

namespace geod::models {

/// An image to segment, or a piece of a fibre: [rows, columns] row major. DAS: rows are time,
/// columns are channels. Values as the network was trained: 0 to 255, cut to whole numbers by the
/// engine.
struct Tile {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;
};

/// Class probabilities of a batch, [N, K, rows, columns] row major; they sum to 1 over K.
struct SegmentBatch {
  std::vector<float> values;
  std::size_t tiles = 0;
  std::size_t classes = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;

  /// [rows, columns] of tile `n`, class `k`.
  std::span<const float> plane(std::size_t n, std::size_t k) const {
    const auto area = static_cast<std::size_t>(rows * columns);
    return std::span<const float>(values).subspan((n * classes + k) * area, area);
  }
};

/// Tiles in, class probabilities out. One thread but for prepare(). The result for a tile does not
/// depend on the rest of its batch.
class SegmentationEngine : public NetworkHost {
 public:
  /// Segments `tiles` (at most max_batch, each of the geometry's size). `out` is reused between
  /// calls. kModelMismatch when a size is another; kDevice when the device failed (sticky).
  virtual Result<void> segment(std::span<const Tile* const> tiles, SegmentBatch& out) = 0;
};

}  // namespace geod::models
