#include "models/image_pass.hpp"

#include <cmath>
#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::models {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

SegmenterGeometry tiles_of(std::int64_t rows, std::int64_t columns) {
  SegmenterGeometry geometry;
  geometry.rows = rows;
  geometry.columns = columns;
  return geometry;
}

Tile random_image(std::int64_t rows, std::int64_t columns, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> value(0, 255);
  Tile image{rows, columns, {}};
  for (std::int64_t i = 0; i < rows * columns; ++i) {
    image.values.push_back(static_cast<float>(value(random)));
  }
  return image;
}

/// A network without a view: class 1 is as likely as the pixel is bright, whatever lies around it.
SegmentBatch brightness(std::span<const Tile* const> tiles) {
  SegmentBatch batch;
  batch.tiles = tiles.size();
  batch.classes = 2;
  batch.rows = tiles.front()->rows;
  batch.columns = tiles.front()->columns;
  for (const Tile* tile : tiles) {
    for (const float value : tile->values) {
      batch.values.push_back(1.0F - value / 255.0F);
    }
    for (const float value : tile->values) {
      batch.values.push_back(value / 255.0F);
    }
  }
  return batch;
}

SegmentedImage run(ImagePass& pass, std::size_t max_batch) {
  while (!pass.is_done()) {
    EXPECT_TRUE(pass.add(brightness(pass.next(max_batch))));
  }
  return pass.take();
}

TEST(ImagePass, OfANetworkWithoutAViewNothingIsChangedByTiling) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  for (const auto& [rows, columns] :
       {std::pair{16, 16}, {7, 5}, {1, 1}, {1, 60}, {16, 17}, {50, 33}, {24, 100}}) {
    const Tile image = random_image(rows, columns, seed);
    ImagePass pass(image, tiles_of(16, 16));
    const SegmentedImage result = run(pass, 3);
    ASSERT_EQ(result.rows, rows);
    ASSERT_EQ(result.columns, columns);
    const auto area = static_cast<std::size_t>(rows * columns);
    ASSERT_EQ(result.probabilities.size(), 2 * area);
    for (std::size_t at = 0; at < area; ++at) {
      EXPECT_NEAR(result.probabilities[area + at], image.values[at] / 255.0F, 1e-5);
      EXPECT_NEAR(result.probabilities[at] + result.probabilities[area + at], 1.0F, 1e-5);
      EXPECT_EQ(result.mask[at], image.values[at] > 127.5F ? 1 : 0);
    }
  }
}

TEST(ImagePass, CoversALargeImageWithTilesThatOverlapByHalf) {
  ImagePass pass(random_image(40, 16, 1), tiles_of(16, 16));
  EXPECT_EQ(pass.tiles(), 4U) << "rows 0, 8, 16 and 24";
  ImagePass one(random_image(16, 16, 1), tiles_of(16, 16));
  EXPECT_EQ(one.tiles(), 1U);
}

TEST(ImagePass, DoesNotDependOnTheBatch) {
  const Tile image = random_image(45, 37, 7);
  ImagePass alone(image, tiles_of(16, 12));
  ImagePass together(image, tiles_of(16, 12));
  EXPECT_EQ(run(alone, 1).probabilities, run(together, 100).probabilities);
}

TEST(ImagePass, ASmallImageIsContinuedByItsMirrorImage) {
  ImagePass pass({1, 3, {10.0F, 20.0F, 30.0F}}, tiles_of(2, 6));
  const auto tiles = pass.next(1);
  EXPECT_THAT(tiles[0]->values,
              ::testing::ElementsAre(10, 20, 30, 20, 10, 20, 10, 20, 30, 20, 10, 20));
}

TEST(ImagePass, APlaceIsDecidedByTheTileInWhoseMiddleItLies) {
  // Every tile says class 1 in its middle half and class 0 around it.
  ImagePass pass(random_image(8, 64, 3), tiles_of(8, 16));
  while (!pass.is_done()) {
    const auto tiles = pass.next(2);
    SegmentBatch batch = brightness(tiles);
    for (std::size_t n = 0; n < batch.tiles; ++n) {
      for (std::size_t at = 0; at < 128; ++at) {
        const bool is_middle = at % 16 >= 4 && at % 16 < 12;
        batch.values[n * 256 + at] = is_middle ? 0.0F : 1.0F;
        batch.values[n * 256 + 128 + at] = is_middle ? 1.0F : 0.0F;
      }
    }
    ASSERT_TRUE(pass.add(batch));
  }
  const SegmentedImage result = pass.take();
  EXPECT_THAT(std::span(result.mask).subspan(4, 56), Each(1));
}

TEST(ImagePass, BeginsAnewForAnotherNetwork) {
  const Tile image = random_image(20, 20, 5);
  ImagePass pass(image, tiles_of(16, 16));
  SegmentBatch wrong = brightness(pass.next(1));
  std::fill(wrong.values.begin(), wrong.values.end(), 0.5F);
  ASSERT_TRUE(pass.add(wrong));
  pass.restart(tiles_of(16, 12));
  ImagePass other(image, tiles_of(16, 12));
  EXPECT_EQ(run(pass, 2).probabilities, run(other, 2).probabilities);
}

TEST(ImagePass, RefusesAnswersThatAreNotOfItsTiles) {
  ImagePass pass(random_image(20, 20, 5), tiles_of(16, 16));
  SegmentBatch batch = brightness(pass.next(2));
  batch.tiles = 1;
  EXPECT_FALSE(pass.add(batch));
  batch = brightness(pass.next(2));
  batch.values[3] = std::nanf("");
  const auto added = pass.add(batch);
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().what, HasSubstr("not finite"));
}

TEST(CheckImage, NamesTheFirstValueThatIsNotOfAnImage) {
  EXPECT_TRUE(check_image({1, 2, {0.0F, 255.0F}}));
  const auto checked = check_image({2, 2, {0.0F, 1.0F, 2.0F, -0.5F}});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().what, HasSubstr("-0.5 at row 1, column 1"));
  EXPECT_FALSE(check_image({1, 1, {std::nanf("")}}));
}

}  // namespace
}  // namespace geod::models
