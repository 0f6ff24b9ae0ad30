#include "trainer/image_batches.hpp"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>

#include "tests/unit/trainer/test_images.hpp"
#include "trainer/image_tiles.hpp"

namespace geod::trainer {
namespace {

using test::band_image;
using testing::ElementsAre;

/// Images that can be told apart by any of their pixels.
std::vector<LabelledImage> numbered(int count, std::int64_t rows, std::int64_t columns) {
  std::vector<LabelledImage> images;
  for (int i = 0; i < count; ++i) {
    const auto area = static_cast<std::size_t>(rows * columns);
    images.push_back({std::to_string(i),
                      rows,
                      columns,
                      std::vector<std::uint8_t>(area, static_cast<std::uint8_t>(i)),
                      std::vector<std::int8_t>(area, static_cast<std::int8_t>(i % 2))});
  }
  return images;
}

/// How often each image is in steps [0, steps).
std::map<int, int> seen(const ImageBatches& batches, std::int64_t steps, std::int64_t area) {
  std::map<int, int> counts;
  for (std::int64_t step = 0; step < steps; ++step) {
    const TrainBatch batch = batches.make(step, 0);
    for (std::int64_t i = 0; i < batch.windows; ++i) {
      ++counts[static_cast<int>(batch.input[static_cast<std::size_t>(i * area)])];
    }
  }
  return counts;
}

TEST(ImageBatches, OfThePaperHoldEveryImageAndItsMirrorImageOnceAnEpoch) {
  const auto images = numbered(7, 2, 3);
  const ImageBatches batches(images, {2, 3, 3, 1, true, 5});
  EXPECT_EQ(batches.epoch_steps(), 3);
  EXPECT_EQ(batches.make(0, 0).windows, 6);
  EXPECT_EQ(batches.make(2, 0).windows, 2);  // the rest: one image
  for (const auto& [image, count] : seen(batches, 3, 6)) {
    EXPECT_EQ(count, 2) << image;
  }
  EXPECT_NE(batches.make(0, 0).input, batches.make(3, 0).input) << "epochs have their own orders";
}

TEST(ImageBatches, OfThePaperPutTheMirrorImageBehindItsImage) {
  const std::vector<LabelledImage> images{{"a", 1, 3, {1, 2, 3}, {0, 1, 1}}};
  const TrainBatch batch = ImageBatches(images, {1, 3, 1, 1, true, 5}).make(0, 0);
  EXPECT_THAT(batch.input, ElementsAre(1, 2, 3, 3, 2, 1));
  EXPECT_THAT(batch.target, ElementsAre(0, 1, 1, 1, 1, 0));
}

TEST(ImageBatches, GoOnOverTheEndOfAnEpochAndSeeAllImagesEquallyOften) {
  const auto images = numbered(5, 2, 3);
  const ImageBatches batches(images, {2, 3, 2, 1, false, 5});
  EXPECT_EQ(batches.epoch_steps(), 3);
  for (const auto& [image, count] : seen(batches, 5, 6)) {
    EXPECT_EQ(count, 2) << image;
  }
}

TEST(ImageBatches, OfProcessesMakeTheWholeBatch) {
  const auto images = numbered(9, 2, 3);
  const TrainBatch whole = ImageBatches(images, {2, 3, 4, 1, false, 5}).make(3, 0);
  const ImageBatches parts(images, {2, 3, 4, 2, false, 5});
  TrainBatch joined = parts.make(3, 0);
  const TrainBatch second = parts.make(3, 1);
  joined.input.insert(joined.input.end(), second.input.begin(), second.input.end());
  EXPECT_EQ(joined.input, whole.input);
}

TEST(ImageBatches, CutLargeImagesWithTheirLabelsAndFillSmallOnesUp) {
  const std::vector<LabelledImage> large{band_image(20, 20, 3)};
  const ImageBatches cut(large, {6, 6, 1, 1, false, 5});
  for (std::int64_t step = 0; step < 20; ++step) {
    const TrainBatch batch = cut.make(step, 0);
    for (std::size_t i = 0; i < 36; ++i) {
      EXPECT_EQ(batch.input[i] >= 150.0F, batch.target[i] == 1.0F);
    }
  }
  const std::vector<LabelledImage> small{{"a", 1, 2, {1, 2}, {0, 1}}};
  const TrainBatch filled = ImageBatches(small, {2, 3, 1, 1, true, 5}).make(0, 0);
  EXPECT_THAT(std::vector<float>(filled.input.begin(), filled.input.begin() + 6),
              ElementsAre(1, 2, kNeutralPixel, kNeutralPixel, kNeutralPixel, kNeutralPixel));
  EXPECT_THAT(std::vector<float>(filled.target.begin(), filled.target.begin() + 6),
              ElementsAre(0, 1, -1, -1, -1, -1));
}

TEST(ImageTiles, CoverAnImageAndEndAtItsEdge) {
  const LabelledImage image = band_image(10, 7, 0);
  const auto places = cover(image, 4, 4);
  ASSERT_EQ(places.size(), 6U);
  EXPECT_EQ(places.back().row, 6);
  EXPECT_EQ(places.back().column, 3);
  EXPECT_EQ(cover(image, 16, 16).size(), 1U);
}

TEST(ImageTiles, SegmentAnImageAsIfItWereWhole) {
  const LabelledImage image = band_image(10, 7, 2);
  // The probability of class 1 is the brightness: it does not depend on the tile.
  const SegmentFunction brightness = [](std::span<const models::Tile* const> tiles,
                                        models::SegmentBatch& out) -> Result<void> {
    out = {{}, tiles.size(), 2, tiles[0]->rows, tiles[0]->columns};
    for (const models::Tile* tile : tiles) {
      for (const float value : tile->values) {
        out.values.push_back(1.0F - value / 255.0F);
      }
      for (const float value : tile->values) {
        out.values.push_back(value / 255.0F);
      }
    }
    return {};
  };
  for (const std::int64_t side : {4, 7, 32}) {
    for (const bool mirrored : {false, true}) {
      const auto p = segment_image(image, mirrored, {side, side, 2, 2}, brightness);
      ASSERT_TRUE(p);
      const LabelledImage wanted = mirrored ? mirror(image) : image;
      for (std::size_t i = 0; i < wanted.pixels.size(); ++i) {
        EXPECT_NEAR((*p)[70 + i], static_cast<float>(wanted.pixels[i]) / 255.0F, 1e-6F);
      }
      EXPECT_EQ(likeliest_classes(*p, 2), wanted.labels);
    }
  }
}

TEST(ImageTiles, TakeTheFirstOfEquallyLikelyClasses) {
  const std::vector<float> equal{0.5F, 0.2F, 0.5F, 0.8F};
  EXPECT_THAT(likeliest_classes(equal, 2), ElementsAre(0, 1));
}

}  // namespace
}  // namespace geod::trainer
