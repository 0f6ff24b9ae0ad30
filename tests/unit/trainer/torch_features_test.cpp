#include "trainer/torch_features.hpp"

#include <algorithm>

#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/unit/trainer/test_images.hpp"

namespace geod::trainer {
namespace {

/// Features of 3 x 4 patches in five dimensions: the patch number along (0, -3, 1, 0, 0), its
/// parity along the last axis, weaker.
at::Tensor features() {
  at::Tensor out = at::zeros({5, 3, 4});
  for (std::int64_t i = 0; i < 12; ++i) {
    out[1][i / 4][i % 4] = -3.0 * static_cast<double>(i) + 100.0;
    out[2][i / 4][i % 4] = 1.0 * static_cast<double>(i);
    out[4][i / 4][i % 4] = i % 2 == 0 ? 1.0 : -1.0;
  }
  return out;
}

TEST(FeatureMap, ShowsTheStrongestComponentsFirstWithTheLargestLoadingPositive) {
  const FeatureMap map = feature_map(features());
  EXPECT_EQ(map.rows, 3);
  EXPECT_EQ(map.columns, 4);
  ASSERT_EQ(map.components.size(), 36U);
  EXPECT_GT(map.explained[0], 0.9);
  EXPECT_GT(map.explained[1], map.explained[2]);
  // The loading of dimension 1 is the largest and made positive, so that the score falls with i.
  for (std::size_t i = 1; i < 12; ++i) {
    EXPECT_LT(map.components[i], map.components[i - 1]);
  }
  EXPECT_NEAR(map.components[0], 1.0, 1e-12);
  EXPECT_NEAR(map.components[11], 0.0, 1e-12);
  for (std::size_t i = 12; i < 24; ++i) {
    EXPECT_GE(map.components[i], 0.0);
    EXPECT_LE(map.components[i], 1.0);
  }
}

TEST(FeaturePicture, SetsImageAndMapsBesideEachOtherInBlocksOfPatches) {
  const LabelledImage image = test::band_image(6, 8, 0);
  const FeatureMap map = feature_map(features());
  const std::vector<FeatureMap> maps{map, map};
  const streams::PngPicture picture = feature_picture(image, maps);
  EXPECT_EQ(picture.rows, 6);
  EXPECT_EQ(picture.columns, 3 * 8 + 2 * 4);
  const auto red = [&](std::int64_t row, std::int64_t column) {
    return picture.samples[static_cast<std::size_t>(3 * (row * picture.columns + column))];
  };
  EXPECT_EQ(red(0, 0), image.pixels[0]);
  EXPECT_EQ(red(0, 12), 255);  // patch 0: the largest score
  EXPECT_EQ(red(1, 13), 255);  // the same patch
  EXPECT_EQ(red(5, 19), 0);    // patch 11
  EXPECT_EQ(red(5, 31), 0);    // of the second map
}

TEST(FeaturesOf, NamesAFolderThatIsNoModel) {
  const auto map = features_of({"/nowhere", nullptr}, test::band_image(6, 8, 0));
  ASSERT_FALSE(map);
  EXPECT_NE(map.error().what.find("/nowhere"), std::string::npos);
}

}  // namespace
}  // namespace geod::trainer
