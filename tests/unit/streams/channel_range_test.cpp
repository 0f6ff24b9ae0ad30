#include "streams/channel_range.hpp"

#include <cstring>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/das_blocks.hpp"

namespace geod::streams {
namespace {

using ::testing::ElementsAre;

std::shared_ptr<const FibreGeometry> geometry(DasOrder order, std::int64_t first = 100) {
  FibreGeometry geometry = test_geometry(6);
  geometry.order = order;
  geometry.first_channel = first;
  geometry.channel_stride = 2;
  return std::make_shared<const FibreGeometry>(geometry);
}

/// Sample (t, c) of a float32 block.
float at(const DasBlock& block, std::int64_t t, std::int64_t c) {
  const std::int64_t channels = block.geometry->channels;
  const std::int64_t place =
      block.geometry->order == DasOrder::kTimeMajor ? t * channels + c : c * block.samples + t;
  float value = 0.0F;
  std::memcpy(&value, block.raw.get() + place * 4, sizeof(value));
  return value;
}

TEST(ChannelRange, AllChannelsPassUncopied) {
  const DasBlock block = test_block(geometry(DasOrder::kTimeMajor), 0, 10);
  ChannelRange range(std::nullopt, 110);
  const auto cropped = range.crop(block);
  ASSERT_TRUE(cropped);
  EXPECT_EQ(cropped->raw, block.raw);
  EXPECT_EQ(cropped->geometry, block.geometry);
}

TEST(ChannelRange, KeepsTheWantedChannelsInEitherOrder) {
  for (const DasOrder order : {DasOrder::kTimeMajor, DasOrder::kChannelMajor}) {
    DasBlock block = test_block(geometry(order), 0, 10);
    block.dead = {{0, 2}, {3, 4}, {4, 6}};
    ChannelRange range(101, 107);
    const auto cropped = range.crop(block);  // numbers 102, 104, 106: places 1 to 3
    ASSERT_TRUE(cropped);
    EXPECT_EQ(cropped->geometry->channels, 3);
    EXPECT_EQ(cropped->geometry->first_channel, 102);
    EXPECT_THAT(cropped->dead, ElementsAre(ChannelSpan{0, 1}, ChannelSpan{2, 3}));
    for (std::int64_t t = 0; t < 10; ++t) {
      for (std::int64_t c = 0; c < 3; ++c) {
        EXPECT_EQ(at(*cropped, t, c), test_value(t, c + 1));
      }
    }
    EXPECT_EQ(range.crop(block)->geometry, cropped->geometry) << "one geometry, one pointer";
  }
}

TEST(ChannelRange, WithoutAnyOfItsChannelsThereIsNoBlock) {
  ChannelRange range(200, 300);
  EXPECT_FALSE(range.crop(test_block(geometry(DasOrder::kTimeMajor), 0, 10)));
  EXPECT_EQ(range.wanted(*geometry(DasOrder::kTimeMajor)), 0);
  EXPECT_TRUE(range.crop(test_block(geometry(DasOrder::kTimeMajor, 250), 0, 10)))
      << "another geometry is judged anew";
}

}  // namespace
}  // namespace geod::streams
