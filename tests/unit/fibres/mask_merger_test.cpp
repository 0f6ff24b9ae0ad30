#include "models/mask_merger.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "streams/fibre_tiler.hpp"

namespace geod::models {
namespace {

using streams::FibreTiler;
using streams::FibreTiling;

constexpr FibreTiling kTiling{8, 6, 4, 4};

std::vector<FibreTile> tiles_of(std::int64_t columns, std::int64_t first, std::int64_t rows) {
  FibreGrid grid;
  grid.columns = columns;
  FibreRows data;
  data.grid = std::make_shared<const FibreGrid>(grid);
  data.first_row = first;
  data.rows = rows;
  data.begins_segment = true;
  for (std::int64_t i = 0; i < rows * columns; ++i) {
    data.values.push_back(static_cast<float>(i % 250) + 0.25F);
  }
  std::vector<FibreTile> tiles;
  FibreTiler tiler(kTiling);
  tiler.push(data, tiles);
  tiler.finish(tiles);
  return tiles;
}

/// Probability at each cell of the tile, from its row and column on the grid and the tile.
template <class Probability>
std::vector<float> plane(const FibreTile& tile, Probability probability) {
  std::vector<float> values;
  for (std::int64_t r = 0; r < tile.rows; ++r) {
    for (std::int64_t c = 0; c < tile.columns; ++c) {
      values.push_back(
          static_cast<float>(probability(tile.first_row + r, tile.first_column + c, tile)));
    }
  }
  return values;
}

double sine_squared(std::int64_t i, std::int64_t n) {
  return std::pow(
      std::sin(std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(n)), 2);
}

TEST(MaskMerger, GivesEveryRowOnceAndUnchangedWhereTilesAgree) {
  const auto at_cell = [](std::int64_t row, std::int64_t column, const FibreTile&) {
    return 0.5 + 0.4 * std::sin(static_cast<double>(row * 3 + column));
  };
  for (const std::int64_t columns : {4, 6, 11, 15}) {
    MaskMerger merger(kTiling.row_hop);
    std::vector<MaskRows> out;
    for (const FibreTile& tile : tiles_of(columns, 3, 30)) {
      EXPECT_EQ(merger.add(tile, plane(tile, at_cell), {}, out), 0U);
    }
    merger.take_rest(out);
    std::int64_t next = 3;
    for (const MaskRows& rows : out) {
      EXPECT_EQ(rows.first_row, next);
      EXPECT_EQ(rows.begins_segment, next == 3);
      EXPECT_TRUE(rows.probability[1].empty());
      for (std::int64_t r = 0; r < rows.rows; ++r) {
        for (std::int64_t c = 0; c < columns; ++c) {
          const auto i = static_cast<std::size_t>(r * columns + c);
          EXPECT_NEAR(rows.probability[0][i], at_cell(rows.first_row + r, c, FibreTile{}), 1e-5);
          EXPECT_EQ(rows.trace[i], ((rows.first_row + r - 3) * columns + c) % 250);
        }
      }
      next += rows.rows;
    }
    EXPECT_EQ(next, 33);
  }
}

TEST(MaskMerger, WeighsTilesBySquaredSines) {
  // Tiles at rows 0 and 4 of a fibre as wide as a tile: one says 0.2, the other 0.8.
  const auto tiles = tiles_of(6, 0, 12);
  ASSERT_EQ(tiles.size(), 2U);
  MaskMerger merger(kTiling.row_hop);
  std::vector<MaskRows> out;
  for (const FibreTile& tile : tiles) {
    merger.add(
        tile,
        plane(tile, [](auto, auto, const FibreTile& t) { return t.first_row == 0 ? 0.2 : 0.8; }),
        {},
        out);
  }
  merger.take_rest(out);
  std::vector<float> of_column_2;
  for (const MaskRows& rows : out) {
    for (std::int64_t r = 0; r < rows.rows; ++r) {
      of_column_2.push_back(rows.probability[0][static_cast<std::size_t>(r * 6 + 2)]);
    }
  }
  ASSERT_EQ(of_column_2.size(), 12U);
  for (std::int64_t row = 0; row < 12; ++row) {
    const double first = row < 8 ? sine_squared(row, 8) : 0.0;
    const double second = row >= 4 ? sine_squared(row - 4, 8) : 0.0;
    const double expected = (0.2 * first + 0.8 * second) / (first + second);
    EXPECT_NEAR(of_column_2[static_cast<std::size_t>(row)], expected, 1e-5) << row;
  }
}

TEST(MaskMerger, AtTheFarEndOfTheFibreTheTileThatReachesItCounts) {
  // Columns 0..5 and 1..6: column 5 is the last of the first tile, inside the second.
  const auto tiles = tiles_of(7, 0, 8);
  ASSERT_EQ(tiles.size(), 2U);
  MaskMerger merger(kTiling.row_hop);
  std::vector<MaskRows> out;
  for (const FibreTile& tile : tiles) {
    merger.add(
        tile,
        plane(tile, [](auto, auto, const FibreTile& t) { return t.first_column == 0 ? 0.0 : 1.0; }),
        {},
        out);
  }
  merger.take_rest(out);
  ASSERT_FALSE(out.empty());
  const double inner = sine_squared(5, 6);
  EXPECT_NEAR(out[0].probability[0][5], 1.0 / (1.0 + inner), 1e-5);
  EXPECT_NEAR(out[0].probability[0][6], 1.0, 1e-6);
}

TEST(MaskMerger, ARowIsFinalWhenNoLaterTileCoversIt) {
  MaskMerger merger(kTiling.row_hop);
  std::int64_t final_to = 2;
  for (const FibreTile& tile : tiles_of(15, 2, 40)) {
    std::vector<MaskRows> out;
    merger.add(tile, plane(tile, [](auto, auto, const auto&) { return 0.5; }), {}, out);
    EXPECT_EQ(out.size(), tile.is_last_of_row() ? 1U : 0U);
    if (!out.empty()) {
      final_to += out[0].rows;
      EXPECT_EQ(final_to, tile.first_row + kTiling.row_hop);
    }
  }
}

TEST(MaskMerger, CountsWhatIsNotFiniteAsBackground) {
  const auto tiles = tiles_of(6, 0, 8);
  MaskMerger merger(kTiling.row_hop);
  std::vector<MaskRows> out;
  const auto values = plane(tiles[0], [](std::int64_t row, std::int64_t column, const auto&) {
    return row == 1 && column < 2 ? std::numeric_limits<double>::quiet_NaN() : 0.9;
  });
  EXPECT_EQ(merger.add(tiles[0], values, values, out), 4U);
  EXPECT_EQ(out[0].probability[0][6], 0.0F);
  EXPECT_NEAR(out[0].probability[1][8], 0.9, 1e-6);
}

}  // namespace
}  // namespace geod::models
