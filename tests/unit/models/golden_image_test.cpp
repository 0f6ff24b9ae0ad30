#include "models/golden_image.hpp"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "models/sha256.hpp"

namespace geod::models {
namespace {

std::string hash_of(const Tile& tile) {
  std::vector<std::byte> bytes;
  for (const float value : tile.values) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

TEST(GoldenImage, IsTheSameEverywhere) {
  // Bundles that exist were made with these values: another formula needs another name.
  EXPECT_EQ(hash_of(golden_image(512, 512)),
            "3e40c0bbe723c21d8d062699b34359018daff407786647ff53277977a2dac0ac");
  EXPECT_EQ(hash_of(golden_image(1006, 782)),
            "0afb7745871457adb00134671c34c44fad9101d2d89e45cd83405df88808bebd");
}

TEST(GoldenImage, IsWholeNumbersOfAnImageWithContrast) {
  const Tile tile = golden_image(224, 100);
  ASSERT_EQ(tile.values.size(), 224U * 100U);
  for (const float value : tile.values) {
    ASSERT_TRUE(value >= 0.0F && value <= 255.0F && value == static_cast<float>(int(value)));
  }
  const auto [low, high] = std::minmax_element(tile.values.begin(), tile.values.end());
  EXPECT_LT(*low, 60.0F);
  EXPECT_GT(*high, 190.0F);
}

TEST(GoldenGrid, IsTheMeanOfEachCell) {
  // 40 x 17 pixels: cells of 2 or 3 rows, of 1 or 2 columns.
  constexpr std::int64_t kRows = 40;
  constexpr std::int64_t kColumns = 17;
  std::vector<float> probabilities(2 * kRows * kColumns);
  std::iota(probabilities.begin(), probabilities.end(), 0.0F);
  const auto grid = golden_grid(probabilities, 2, kRows, kColumns);
  ASSERT_EQ(grid.size(), 2U * 16 * 16);
  EXPECT_EQ(grid.size(), golden_grid_size(2, kRows, kColumns));
  EXPECT_FLOAT_EQ(grid[0], 17.0F / 2.0F);  // rows 0 and 1, column 0
  // The last: rows 37 to 39, columns 15 and 16, of class 1.
  EXPECT_FLOAT_EQ(grid.back(), 680.0F + 38.0F * 17.0F + 15.5F);
  // Cells of class 0 weigh as many pixels as there are.
  double sum = 0.0;
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 16; ++j) {
      const std::size_t rows = (i + 1) * 40 / 16 - i * 40 / 16;
      const std::size_t columns = (j + 1) * 17 / 16 - j * 17 / 16;
      sum += static_cast<double>(grid[i * 16 + j]) * static_cast<double>(rows * columns);
    }
  }
  EXPECT_NEAR(sum, 679.0 * 680.0 / 2.0, 0.5);
}

TEST(GoldenGrid, HasNoMoreCellsThanPixels) {
  const std::vector<float> probabilities{0.25F, 0.75F, 0.5F, 1.0F, 0.0F, 0.125F};
  EXPECT_EQ(golden_grid(probabilities, 1, 2, 3), probabilities);
}

}  // namespace
}  // namespace geod::models
