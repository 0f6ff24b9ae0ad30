#pragma once

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "streams/png_file.hpp"
#include "trainer/image_set.hpp"

namespace geod::trainer::test {

/// An image with a bright, slanted band: class 1. `shift` moves it.
inline LabelledImage band_image(std::int64_t rows, std::int64_t columns, std::int64_t shift) {
  LabelledImage image;
  image.name = "band-" + std::to_string(shift);
  image.rows = rows;
  image.columns = columns;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      const std::int64_t at = r - shift - c / 2;
      const bool inside = at >= 0 && at < rows / 4;
      const auto noise = static_cast<std::uint8_t>((r * 7 + c * 13 + shift * 5) % 31);
      image.pixels.push_back(static_cast<std::uint8_t>((inside ? 190 : 60) + noise));
      image.labels.push_back(inside ? 1 : 0);
    }
  }
  return image;
}

inline void write_pair(const std::filesystem::path& folder, const LabelledImage& image) {
  using streams::PngPicture;
  std::filesystem::create_directories(folder / "images");
  std::filesystem::create_directories(folder / "labels");
  const std::string file = image.name + ".png";
  ASSERT_TRUE(
      streams::write_png(folder / "images" / file,
                         {PngPicture::Kind::kGrey, image.rows, image.columns, image.pixels, {}}));
  const std::vector<std::uint8_t> labels(image.labels.begin(), image.labels.end());
  ASSERT_TRUE(streams::write_png(folder / "labels" / file,
                                 {PngPicture::Kind::kGrey, image.rows, image.columns, labels, {}}));
}

/// Number `i` of the paper's layout.
inline void write_dat(const std::filesystem::path& part, int i, const LabelledImage& image) {
  std::filesystem::create_directories(part / "image");
  std::filesystem::create_directories(part / "label");
  const std::string file = std::to_string(i) + ".dat";
  const std::vector<float> values(image.pixels.begin(), image.pixels.end());
  std::ofstream(part / "image" / file, std::ios::binary)
      .write(reinterpret_cast<const char*>(values.data()),
             static_cast<std::streamsize>(values.size() * sizeof(float)));
  std::ofstream(part / "label" / file, std::ios::binary)
      .write(reinterpret_cast<const char*>(image.labels.data()),
             static_cast<std::streamsize>(image.labels.size()));
}

}  // namespace geod::trainer::test
