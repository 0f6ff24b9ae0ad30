#include "streams/fibre_tiler.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::streams {
namespace {

constexpr FibreTiling kTiling{8, 6, 4, 4};

float value_of(std::int64_t row, std::int64_t column) {
  return static_cast<float>((row * 13 + column * 7) % 251) + 0.5F;
}

std::shared_ptr<const FibreGrid> grid_of(std::int64_t columns) {
  FibreGrid grid;
  grid.fibre_id = "XX.CABLE1";
  grid.columns = columns;
  return std::make_shared<const FibreGrid>(grid);
}

FibreRows rows_of(const std::shared_ptr<const FibreGrid>& grid,
                  std::int64_t first,
                  std::int64_t count,
                  bool begins) {
  FibreRows rows;
  rows.grid = grid;
  rows.first_row = first;
  rows.rows = count;
  rows.begins_segment = begins;
  for (std::int64_t row = first; row < first + count; ++row) {
    for (std::int64_t column = 0; column < grid->columns; ++column) {
      rows.values.push_back(value_of(row, column));
    }
  }
  return rows;
}

/// Rows [first, end) in pieces cut at random.
std::vector<FibreTile> tiles_of(const std::shared_ptr<const FibreGrid>& grid,
                                std::int64_t first,
                                std::int64_t end,
                                std::mt19937_64& random) {
  FibreTiler tiler(kTiling);
  std::vector<FibreTile> tiles;
  for (std::int64_t row = first; row < end;) {
    const auto count =
        std::min(end - row, std::uniform_int_distribution<std::int64_t>(1, 20)(random));
    tiler.push(rows_of(grid, row, count, row == first), tiles);
    row += count;
  }
  tiler.finish(tiles);
  return tiles;
}

TEST(FibreTiler, ColumnsEndWithATileAtTheFarEnd) {
  using testing::ElementsAre;
  EXPECT_THAT(FibreTiler::column_starts(kTiling, 3), ElementsAre(0));
  EXPECT_THAT(FibreTiler::column_starts(kTiling, 6), ElementsAre(0));
  EXPECT_THAT(FibreTiler::column_starts(kTiling, 7), ElementsAre(0, 1));
  EXPECT_THAT(FibreTiler::column_starts(kTiling, 14), ElementsAre(0, 4, 8));
  EXPECT_THAT(FibreTiler::column_starts(kTiling, 15), ElementsAre(0, 4, 8, 9));
}

TEST(FibreTiler, EveryTileHoldsWhatTheGridHasThereAndNeutralElsewhere) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (const std::int64_t columns : {3, 6, 15}) {
    const std::int64_t first = std::uniform_int_distribution<std::int64_t>(-40, 40)(random);
    const std::int64_t end = first + std::uniform_int_distribution<std::int64_t>(1, 60)(random);
    std::vector<int> covered(static_cast<std::size_t>(end - first), 0);
    for (const FibreTile& tile : tiles_of(grid_of(columns), first, end, random)) {
      EXPECT_EQ(tile.first_row % kTiling.row_hop, 0);
      ASSERT_EQ(tile.values.size(), 48U);
      for (std::int64_t r = 0; r < tile.rows; ++r) {
        const std::int64_t row = tile.first_row + r;
        const bool has_row = row >= first && row < end;
        EXPECT_EQ(has_row, r >= tile.data_rows.begin && r < tile.data_rows.end);
        if (has_row && tile.first_column == 0) {
          ++covered[static_cast<std::size_t>(row - first)];
        }
        for (std::int64_t c = 0; c < tile.columns; ++c) {
          const std::int64_t column = tile.first_column + c;
          EXPECT_EQ(column < columns, c < tile.data_columns);
          const float expected = has_row && column < columns ? value_of(row, column) : kNoSample;
          ASSERT_EQ(tile.values[static_cast<std::size_t>(r * tile.columns + c)], expected);
        }
      }
    }
    EXPECT_THAT(covered, testing::Each(testing::Ge(1)));
  }
}

TEST(FibreTiler, CutsTheSameTilesHoweverTheRowsCame) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const auto grid = grid_of(15);
  const auto reference = tiles_of(grid, 3, 90, random);
  for (int trial = 0; trial < 5; ++trial) {
    const auto tiles = tiles_of(grid, 3, 90, random);
    ASSERT_EQ(tiles.size(), reference.size());
    for (std::size_t i = 0; i < tiles.size(); ++i) {
      EXPECT_EQ(tiles[i].first_row, reference[i].first_row);
      EXPECT_EQ(tiles[i].first_column, reference[i].first_column);
      EXPECT_EQ(tiles[i].values, reference[i].values);
    }
  }
}

TEST(FibreTiler, CountsTheColumnsWithASampleInTheLastRow) {
  const auto grid = grid_of(15);
  FibreRows rows = rows_of(grid, 0, 9, true);
  for (std::size_t column : {0U, 3U, 14U}) {
    rows.values[7 * 15 + column] = kNoSample;
  }
  FibreTiler tiler(kTiling);
  std::vector<FibreTile> tiles;
  tiler.push(rows, tiles);
  ASSERT_EQ(tiles.size(), 4U);  // rows 0 to 7
  for (const FibreTile& tile : tiles) {
    EXPECT_EQ(tile.live_columns, 12);
  }
}

TEST(FibreTiler, MakesNoTileThatOnlyPadsWhatOthersHold) {
  std::mt19937_64 random(1);
  const auto grid = grid_of(6);
  EXPECT_EQ(tiles_of(grid, 0, 8, random).size(), 1U);
  EXPECT_EQ(tiles_of(grid, 0, 9, random).size(), 2U);
  EXPECT_EQ(tiles_of(grid, 3, 5, random).size(), 1U);
}

TEST(FibreTiler, ANewSegmentEndsTheOneBefore) {
  const auto grid = grid_of(6);
  FibreTiler tiler(kTiling);
  std::vector<FibreTile> tiles;
  tiler.push(rows_of(grid, 0, 10, true), tiles);
  tiler.push(rows_of(grid, 13, 9, true), tiles);
  tiler.finish(tiles);
  ASSERT_EQ(tiles.size(), 4U);
  std::vector<std::int64_t> starts;
  std::vector<bool> begins;
  for (const FibreTile& tile : tiles) {
    starts.push_back(tile.first_row);
    begins.push_back(tile.begins_segment);
  }
  EXPECT_THAT(starts, testing::ElementsAre(0, 4, 12, 16));
  EXPECT_THAT(begins, testing::ElementsAre(true, false, true, false));
  EXPECT_EQ(tiles[2].data_rows, (SampleSpan{1, 8}));
}

}  // namespace
}  // namespace geod::streams
