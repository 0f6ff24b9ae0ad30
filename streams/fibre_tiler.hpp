#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/fibre_tile.hpp"

namespace geod::streams {

/// Size of tiles and how far apart they begin, in rows and columns of the grid. Hops are at most
/// the size.
struct FibreTiling {
  std::int64_t rows = 512;
  std::int64_t columns = 512;
  std::int64_t row_hop = 256;
  std::int64_t column_hop = 256;
};

/// Cuts the rows of one fibre into tiles that overlap.
///
/// Rows: tiles begin at the multiples of row_hop of the absolute grid, so where they lie depends
/// neither on the first block nor on a restart. The first of a segment is the last that holds its
/// first row, and the last one the first that holds its last row: every row is in a tile, and none
/// is made that later rows would only pad. Columns: from 0 in steps of column_hop, the last one
/// aligned to the far end; a fibre narrower than a tile makes one tile, padded. All tiles of one
/// row of tiles leave together, in the order of columns.
///
/// Memory: one tile's rows of the whole fibre. Single-threaded.
class FibreTiler {
 public:
  explicit FibreTiler(const FibreTiling& tiling);

  /// Rows follow those before, or begin a segment (which ends the one before).
  void push(const FibreRows& rows, std::vector<FibreTile>& out);
  /// The segment ends: its last rows go out in tiles padded at the end.
  void finish(std::vector<FibreTile>& out);

  /// First columns of a row of tiles.
  static std::vector<std::int64_t> column_starts(const FibreTiling& tiling, std::int64_t columns);

 private:
  void begin(const FibreRows& rows);
  void cut(std::vector<FibreTile>& out);

  FibreTiling tiling_;
  std::shared_ptr<const FibreGrid> grid_;  ///< null between segments
  std::vector<std::int64_t> column_starts_;
  std::vector<float> held_;     ///< [rows, grid columns]
  std::int64_t held_from_ = 0;  ///< row of the grid, as the next
  std::int64_t end_ = 0;        ///< after the last row held
  std::int64_t next_tile_ = 0;  ///< its first row
  std::int64_t cut_to_ = 0;     ///< rows before are in a tile that went out
  bool is_first_ = false;
  std::chrono::steady_clock::time_point arrived_at_;
};

}  // namespace geod::streams
