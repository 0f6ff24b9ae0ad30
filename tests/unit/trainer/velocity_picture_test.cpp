#include "trainer/velocity_picture.hpp"

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

TEST(VelocityPicture, HasTruePredictedAndDifferenceBesideEachOther) {
  const std::vector<float> truth{-1.0F, 1.0F};
  const std::vector<float> predicted{-1.0F, 0.0F};
  const streams::PngPicture picture = inversion_picture(truth, predicted, 1, 2);
  const auto at = [&](std::int64_t column) {
    const auto first = static_cast<std::size_t>(3 * column);
    return streams::Rgb{
        picture.samples[first], picture.samples[first + 1], picture.samples[first + 2]};
  };
  const std::int64_t map = (picture.columns - 12) / 3;  // two lines of 6 pixels between
  EXPECT_EQ(picture.rows, map / 2);
  EXPECT_EQ(at(0), velocity_colour(0.0));
  EXPECT_EQ(at(map - 1), velocity_colour(1.0));
  EXPECT_EQ(at(map), (streams::Rgb{255, 255, 255}));
  EXPECT_EQ(at(map + 6 + map - 1), velocity_colour(0.5));
  EXPECT_EQ(at(2 * (map + 6)), (streams::Rgb{255, 255, 255}));  // no difference
  EXPECT_EQ(at(picture.columns - 1), difference_colour(-1.0));  // too slow by more than 500 m/s
}

TEST(VelocityPicture, CutsColoursAtTheEndsOfTheScale) {
  EXPECT_EQ(velocity_colour(-3.0), velocity_colour(0.0));
  EXPECT_EQ(velocity_colour(3.0), velocity_colour(1.0));
  EXPECT_NE(velocity_colour(0.4), velocity_colour(0.6));
  EXPECT_GT(difference_colour(1.0)[0], difference_colour(1.0)[2]);  // red
  EXPECT_LT(difference_colour(-1.0)[0], difference_colour(-1.0)[2]);
}

}  // namespace
}  // namespace geod::trainer
