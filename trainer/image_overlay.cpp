#include "trainer/image_overlay.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace geod::trainer {
namespace {

constexpr std::size_t kShown = 4;
constexpr std::int64_t kMostPixels = 512;
constexpr std::int64_t kLinePixels = 4;
/// How much of a pixel is the colour of its class.
constexpr double kOpacity = 0.45;

std::uint8_t blend(std::uint8_t grey, std::uint8_t colour) {
  return static_cast<std::uint8_t>(
      std::lround((1.0 - kOpacity) * static_cast<double>(grey) + kOpacity * colour));
}

streams::Rgb coloured(std::uint8_t grey, std::int8_t label) {
  if (label <= 0) {
    return {grey, grey, grey};
  }
  const streams::Rgb colour = class_colour(static_cast<std::size_t>(label));
  return {blend(grey, colour[0]), blend(grey, colour[1]), blend(grey, colour[2])};
}

/// Writes an image, every `step`-th pixel, into a picture from column `left` on.
void draw(const LabelledImage& image,
          std::span<const std::int8_t> classes,
          std::int64_t step,
          std::int64_t left,
          streams::PngPicture& picture) {
  for (std::int64_t r = 0; r * step < image.rows; ++r) {
    for (std::int64_t c = 0; c * step < image.columns; ++c) {
      const auto from = static_cast<std::size_t>(r * step * image.columns + c * step);
      const streams::Rgb rgb =
          coloured(image.pixels[from], classes.empty() ? std::int8_t{0} : classes[from]);
      const auto to = static_cast<std::size_t>(3 * (r * picture.columns + left + c));
      std::copy(rgb.begin(), rgb.end(), picture.samples.begin() + static_cast<std::ptrdiff_t>(to));
    }
  }
}

streams::PngPicture white(std::int64_t rows, std::int64_t columns) {
  return {streams::PngPicture::Kind::kRgb,
          rows,
          columns,
          std::vector<std::uint8_t>(static_cast<std::size_t>(3 * rows * columns), 255),
          {}};
}

}  // namespace

streams::Rgb class_colour(std::size_t k) {
  // Okabe and Ito's colours, told apart by most readers.
  static constexpr std::array<streams::Rgb, 8> kColours{{{230, 159, 0},
                                                         {86, 180, 233},
                                                         {0, 158, 115},
                                                         {240, 228, 66},
                                                         {0, 114, 178},
                                                         {213, 94, 0},
                                                         {204, 121, 167},
                                                         {148, 103, 189}}};
  GEOD_CHECK(k > 0, "the background has no colour");
  return kColours[(k - 1) % kColours.size()];
}

streams::PngPicture overlay_picture(const LabelledImage& image,
                                    std::span<const std::int8_t> classes) {
  streams::PngPicture picture = white(image.rows, image.columns);
  draw(image, classes, 1, 0, picture);
  return picture;
}

streams::PngPicture comparison_picture(const LabelledImage& image,
                                       std::span<const std::int8_t> predicted) {
  const std::int64_t longest = std::max(image.rows, image.columns);
  const std::int64_t step = (longest + kMostPixels - 1) / kMostPixels;
  const std::int64_t rows = (image.rows + step - 1) / step;
  const std::int64_t columns = (image.columns + step - 1) / step;
  streams::PngPicture picture = white(rows, 3 * columns + 2 * kLinePixels);
  draw(image, {}, step, 0, picture);
  draw(image, image.labels, step, columns + kLinePixels, picture);
  draw(image, predicted, step, 2 * (columns + kLinePixels), picture);
  return picture;
}

ImageObserver OverlayGallery::observer(std::size_t classes) {
  return [this, classes](const LabelledImage& image,
                         std::span<const float>,
                         std::span<const std::int8_t> predicted) {
    ConfusionMatrix confusion(classes);
    confusion.add(image.labels, predicted);
    const double mean_iou = confusion.mean_iou();
    const bool is_among_worst = worst_.size() < kShown || mean_iou < worst_.back().mean_iou;
    if (first_.size() >= kShown && !is_among_worst) {
      return;
    }
    Entry entry{image.name, mean_iou, comparison_picture(image, predicted)};
    if (first_.size() < kShown) {
      first_.push_back(entry);
    }
    if (is_among_worst && !std::isnan(mean_iou)) {
      const auto place = std::ranges::upper_bound(worst_, mean_iou, {}, &Entry::mean_iou);
      worst_.insert(place, std::move(entry));
      worst_.resize(std::min(worst_.size(), kShown));
    }
  };
}

}  // namespace geod::trainer
