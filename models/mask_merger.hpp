#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/fibre_tile.hpp"

namespace geod::models {

/// Final rows of a fibre's mask, all [rows, grid->columns] row major.
struct MaskRows {
  std::shared_ptr<const FibreGrid> grid;
  std::int64_t first_row = 0;
  std::int64_t rows = 0;
  /// Probability of [0] an event whose begin is a first arrival, or P, and [1] S; empty where the
  /// network has no such class.
  std::array<std::vector<float>, 2> probability;
  std::vector<std::uint8_t> trace;  ///< values of the tiles, cut as the network saw them
  bool begins_segment = false;
};

/// Blends the probabilities of overlapping tiles of one fibre into one mask.
///
/// The weight of cell (i, j) of a tile of R x C is sin^2(pi (i + 1/2) / R) sin^2(pi (j + 1/2) / C):
/// what a network says near the border of its tile counts little where another tile says more. On
/// the array's first and last columns and on the first rows of a segment there is no other tile:
/// the half of the window there is flat. Weights are normalised, so where one tile alone covers a
/// cell its probability stands.
///
/// Tiles come as FibreTiler cuts them: whole rows of tiles, columns ascending. When a row of tiles
/// that begins at row b is complete, rows before b + row_hop are final: no later tile covers them.
/// Probabilities that are not finite count as 0 and are counted.
///
/// Memory: the rows of one tile over the whole fibre. Single-threaded.
class MaskMerger {
 public:
  explicit MaskMerger(std::int64_t row_hop) : row_hop_(row_hop) {}

  /// `first` and `second`: [tile.rows, tile.columns] or empty, one of them at least given. A tile
  /// that begins a segment needs take_rest() before it. Appends the rows that became final; returns
  /// the number of values that were not finite.
  std::uint64_t add(const FibreTile& tile,
                    std::span<const float> first,
                    std::span<const float> second,
                    std::vector<MaskRows>& out);

  /// No tile of this segment comes any more: all its rows are final.
  void take_rest(std::vector<MaskRows>& out);

 private:
  void begin(const FibreTile& tile);
  void make_room(const FibreTile& tile);
  void set_weights(const FibreTile& tile);
  std::uint64_t blend(const FibreTile& tile, std::span<const float> from, std::vector<float>& sums);
  void take(std::int64_t to, std::vector<MaskRows>& out);

  std::int64_t row_hop_;
  std::shared_ptr<const FibreGrid> grid_;  ///< null between segments
  std::int64_t begin_ = 0;                 ///< first row that is held
  std::int64_t end_ = 0;
  bool is_first_ = true;  ///< no row of the segment was taken

  std::vector<float> tile_rows_;     ///< [tile rows] weights of the tile at hand, as the next
  std::vector<float> tile_columns_;  ///< [tile columns]
  std::array<std::vector<float>, 2> sums_;  ///< [rows, columns] weight * probability
  std::vector<std::uint8_t> trace_;         ///< [rows, columns]
  std::vector<float> row_weights_;          ///< [rows] sum over rows of tiles
  std::vector<float> column_weights_;       ///< [columns] sum over one row of tiles
};

}  // namespace geod::models
