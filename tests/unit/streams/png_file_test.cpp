#include "streams/png_file.hpp"

#include <cstdint>
#include <fstream>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::streams {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PngPicture grey_2x3() {
  return {PngPicture::Kind::kGrey, 2, 3, {0, 1, 2, 100, 200, 255}, {}};
}

std::vector<std::byte> encoded(const PngPicture& picture) {
  auto bytes = encode_png(picture);
  EXPECT_TRUE(bytes) << bytes.error().what;
  return *bytes;
}

/// Files that other programs wrote, from Python's zlib and struct: tests/data/png/README.md.
std::filesystem::path committed(const char* name) {
  return std::filesystem::path(GEOD_SOURCE_DIR) / "tests/data/png" / name;
}

TEST(PngFile, GivesBackWhatItWrote) {
  const auto grey = decode_png_grey(encoded(grey_2x3()), "x");
  ASSERT_TRUE(grey) << grey.error().what;
  EXPECT_EQ(grey->rows, 2);
  EXPECT_EQ(grey->columns, 3);
  EXPECT_THAT(grey->values, ElementsAre(0, 1, 2, 100, 200, 255));
}

TEST(PngFile, ReadsAPaletteAsColoursOrAsClasses) {
  const PngPicture picture{PngPicture::Kind::kPalette,
                           1,
                           3,
                           {2, 0, 1},
                           {Rgb{0, 0, 0}, Rgb{255, 0, 0}, Rgb{200, 200, 200}}};
  const auto classes = decode_png_labels(encoded(picture), "x");
  ASSERT_TRUE(classes) << classes.error().what;
  EXPECT_THAT(classes->values, ElementsAre(2, 0, 1));
  const auto grey = decode_png_grey(encoded(picture), "x");
  ASSERT_TRUE(grey) << grey.error().what;
  EXPECT_NEAR(grey->values[0], 200.0F, 1e-3F);
  EXPECT_FLOAT_EQ(grey->values[1], 0.0F);
  EXPECT_NEAR(grey->values[2], 76.245F, 1e-3F);
}

TEST(PngFile, WeighsColoursAndRefusesThemAsLabels) {
  const PngPicture colours{PngPicture::Kind::kRgb, 1, 2, {10, 20, 30, 7, 7, 7}, {}};
  const auto grey = decode_png_grey(encoded(colours), "x");
  ASSERT_TRUE(grey) << grey.error().what;
  EXPECT_NEAR(grey->values[0], 0.299F * 10 + 0.587F * 20 + 0.114F * 30, 1e-4F);
  EXPECT_NEAR(grey->values[1], 7.0F, 1e-4F);
  const auto labels = decode_png_labels(encoded(colours), "mask.png");
  ASSERT_FALSE(labels);
  EXPECT_EQ(labels.error().code, Errc::kUnsupported);
  EXPECT_THAT(labels.error().what, HasSubstr("mask.png"));
  const PngPicture all_grey{PngPicture::Kind::kRgb, 1, 2, {3, 3, 3, 7, 7, 7}, {}};
  const auto fine = decode_png_labels(encoded(all_grey), "x");
  ASSERT_TRUE(fine) << fine.error().what;
  EXPECT_THAT(fine->values, ElementsAre(3, 7));
}

TEST(PngFile, ReadsDepthsAndKindsThatItDoesNotWrite) {
  const auto deep = read_png_grey(committed("grey16.png"));
  ASSERT_TRUE(deep) << deep.error().what;
  EXPECT_THAT(deep->values,
              ElementsAre(0.0F, 1.0F, testing::FloatNear(1.0F + 1.0F / 257.0F, 1e-5F), 255.0F));
  const auto deep_labels = read_png_labels(committed("grey16.png"));
  ASSERT_TRUE(deep_labels) << deep_labels.error().what;
  EXPECT_THAT(deep_labels->values, ElementsAre(0, 257, 258, 65535));

  const auto bits = read_png_labels(committed("grey1.png"));
  ASSERT_TRUE(bits) << bits.error().what;
  EXPECT_EQ(bits->columns, 9);
  EXPECT_THAT(bits->values, ElementsAre(1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1));
  EXPECT_FLOAT_EQ(read_png_grey(committed("grey1.png"))->values[0], 255.0F);

  const auto alpha = read_png_grey(committed("grey_alpha.png"));
  ASSERT_TRUE(alpha) << alpha.error().what;
  EXPECT_THAT(alpha->values, ElementsAre(50, 60));

  const auto interlaced = read_png_labels(committed("interlaced.png"));
  ASSERT_TRUE(interlaced) << interlaced.error().what;
  EXPECT_THAT(interlaced->values, ElementsAre(0, 1, 2, 3));
}

TEST(PngFile, RefusesAPictureLargerThanItsBoundsBeforeMakingRoom) {
  const auto huge = read_png_grey(committed("huge.png"));
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().code, Errc::kUnsupported);
  EXPECT_THAT(huge.error().what, HasSubstr("60000 x 60000"));
  const auto wide = read_png_grey(committed("wide.png"));
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().code, Errc::kCorruptRecord);
}

TEST(PngFile, RefusesAnIndexWithoutAColour) {
  const auto grey = read_png_grey(committed("palette_short.png"));
  ASSERT_FALSE(grey);
  EXPECT_EQ(grey.error().code, Errc::kCorruptRecord);
}

TEST(PngFile, RefusesEveryTruncation) {
  const std::vector<std::byte> bytes = encoded(grey_2x3());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto read = decode_png_grey(std::span(bytes).first(length), "cut.png");
    ASSERT_FALSE(read) << length;
    EXPECT_EQ(read.error().code, Errc::kCorruptRecord);
    EXPECT_THAT(read.error().what, HasSubstr("cut.png"));
  }
}

TEST(PngFile, NeverReadsAPictureWithADamagedByteAsTheSameSize) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::vector<std::byte> good = encoded(grey_2x3());
  for (int round = 0; round < 500; ++round) {
    std::vector<std::byte> bytes = good;
    const std::size_t at = random() % bytes.size();
    bytes[at] ^= static_cast<std::byte>(1U << (random() % 8));
    const auto read = decode_png_grey(bytes, "x");
    // Every byte of this file is under a check sum or a magic number.
    EXPECT_FALSE(read) << "byte " << at;
  }
}

TEST(PngFile, NamesAFileThatIsNotThereOrNoPicture) {
  const auto missing = read_png_grey("/nowhere/x.png");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::kNotFound);
  const auto other = read_png_labels(std::filesystem::path(GEOD_SOURCE_DIR) / "README.md");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::kCorruptRecord);
  EXPECT_THAT(other.error().what, HasSubstr("README.md"));
}

TEST(PngFile, WritesAFileOrSaysWhyNot) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("geod-png-" + std::to_string(std::random_device{}()) + ".png");
  ASSERT_TRUE(write_png(path, grey_2x3()));
  EXPECT_THAT(read_png_labels(path)->values, ElementsAre(0, 1, 2, 100, 200, 255));
  std::filesystem::remove(path);
  const auto refused = write_png("/nowhere/x.png", grey_2x3());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kIo);
  EXPECT_THAT(refused.error().what, HasSubstr("/nowhere/x.png"));
}

}  // namespace
}  // namespace geod::streams
