#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/fibre_tile.hpp"
#include "models/segmentation.hpp"

namespace geod::models {

/// A network that sees energy: a cell is an event as far as the mean of |value - 127.5| over the
/// next `kLength` rows of its tile and its neighbouring columns rises above the noise.
/// `classes` = 3 tells P from S by `is_s` (row of the grid, column).
class EnergyNetwork {
 public:
  static constexpr std::int64_t kLength = 12;

  explicit EnergyNetwork(std::size_t classes = 2,
                         std::function<bool(std::int64_t, std::int64_t)> is_s = {})
      : classes_(classes), is_s_(std::move(is_s)) {}

  SegmentBatch segment(const std::vector<const FibreTile*>& tiles) const {
    SegmentBatch batch;
    batch.tiles = tiles.size();
    batch.classes = classes_;
    batch.rows = tiles[0]->rows;
    batch.columns = tiles[0]->columns;
    for (const FibreTile* tile : tiles) {
      const std::vector<float> event = probability_of(*tile);
      std::vector<float> planes(classes_ * event.size(), 0.0F);
      for (std::size_t i = 0; i < event.size(); ++i) {
        const std::int64_t row = tile->first_row + static_cast<std::int64_t>(i) / tile->columns;
        const std::int64_t column =
            tile->first_column + static_cast<std::int64_t>(i) % tile->columns;
        planes[i] = 1.0F - event[i];
        const std::size_t k = classes_ == 3 && is_s_(row, column) ? 2 : 1;
        planes[k * event.size() + i] = event[i];
      }
      batch.values.insert(batch.values.end(), planes.begin(), planes.end());
    }
    return batch;
  }

 private:
  static std::vector<float> probability_of(const FibreTile& tile) {
    std::vector<float> probability(tile.values.size());
    for (std::int64_t r = 0; r < tile.rows; ++r) {
      for (std::int64_t c = 0; c < tile.columns; ++c) {
        double sum = 0.0;
        std::int64_t cells = 0;
        for (std::int64_t i = r; i < std::min(tile.rows, r + kLength); ++i) {
          for (std::int64_t j = std::max<std::int64_t>(0, c - 1); j < std::min(tile.columns, c + 2);
               ++j) {
            sum += std::abs(
                static_cast<double>(tile.values[static_cast<std::size_t>(i * tile.columns + j)]) -
                127.5);
            ++cells;
          }
        }
        const double above = sum / static_cast<double>(cells) - 45.0;  // noise: 17
        probability[static_cast<std::size_t>(r * tile.columns + c)] =
            static_cast<float>(1.0 / (1.0 + std::exp(-above / 4.0)));
      }
    }
    return probability;
  }

  std::size_t classes_;
  std::function<bool(std::int64_t, std::int64_t)> is_s_;
};

}  // namespace geod::models
