#include "trainer/feature_map.hpp"

#include <algorithm>
#include <cmath>

namespace geod::trainer {
namespace {

constexpr std::int64_t kLinePixels = 4;

std::uint8_t byte_of(double share) {
  return static_cast<std::uint8_t>(std::lround(255.0 * std::clamp(share, 0.0, 1.0)));
}

}  // namespace

streams::PngPicture feature_picture(const LabelledImage& image, std::span<const FeatureMap> maps) {
  const auto panels = static_cast<std::int64_t>(maps.size()) + 1;
  streams::PngPicture picture;
  picture.kind = streams::PngPicture::Kind::kRgb;
  picture.rows = image.rows;
  picture.columns = panels * image.columns + (panels - 1) * kLinePixels;
  picture.samples.assign(static_cast<std::size_t>(3 * picture.rows * picture.columns), 255);
  for (std::int64_t r = 0; r < image.rows; ++r) {
    for (std::int64_t c = 0; c < image.columns; ++c) {
      const std::uint8_t grey = image.pixels[static_cast<std::size_t>(r * image.columns + c)];
      auto* out = &picture.samples[static_cast<std::size_t>(3 * (r * picture.columns + c))];
      std::fill_n(out, 3, grey);
      for (const FeatureMap& map : maps) {
        out += 3 * (image.columns + kLinePixels);
        const std::int64_t patch =
            (r * map.rows / image.rows) * map.columns + c * map.columns / image.columns;
        for (std::int64_t k = 0; k < 3; ++k) {
          const std::int64_t at = k * map.rows * map.columns + patch;
          out[k] = byte_of(map.components[static_cast<std::size_t>(at)]);
        }
      }
    }
  }
  return picture;
}

}  // namespace geod::trainer
