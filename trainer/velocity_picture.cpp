#include "trainer/velocity_picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace geod::trainer {
namespace {

constexpr std::size_t kShown = 4;
constexpr std::int64_t kCellPixels = 3;
constexpr std::int64_t kLinePixels = 6;

using Colour = std::array<double, 3>;

streams::Rgb between(const Colour& a, const Colour& b, double share) {
  streams::Rgb out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(std::lround(a[i] + (b[i] - a[i]) * share));
  }
  return out;
}

/// Writes a map into a picture from column `left` on.
template <class ColourOf>
void draw(std::int64_t rows,
          std::int64_t columns,
          std::int64_t left,
          streams::PngPicture& picture,
          const ColourOf& colour_of) {
  for (std::int64_t r = 0; r < rows * kCellPixels; ++r) {
    for (std::int64_t c = 0; c < columns * kCellPixels; ++c) {
      const streams::Rgb colour =
          colour_of(static_cast<std::size_t>(r / kCellPixels * columns + c / kCellPixels));
      const auto to = static_cast<std::ptrdiff_t>(3 * (r * picture.columns + left + c));
      std::ranges::copy(colour, picture.samples.begin() + to);
    }
  }
}

/// From -1 to 1 to a share of the scale.
double share_of(float value) {
  return (static_cast<double>(value) + 1.0) / 2.0;
}

}  // namespace

streams::Rgb velocity_colour(double share) {
  // Anchors of matplotlib's viridis (CC0), an eighth apart.
  static constexpr std::array<Colour, 9> kAnchors{{{68, 1, 84},
                                                   {71, 45, 123},
                                                   {59, 82, 139},
                                                   {44, 114, 142},
                                                   {33, 145, 140},
                                                   {40, 174, 128},
                                                   {94, 201, 98},
                                                   {173, 220, 48},
                                                   {253, 231, 37}}};
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(kAnchors.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), kAnchors.size() - 2);
  return between(kAnchors[below], kAnchors[below + 1], place - static_cast<double>(below));
}

streams::Rgb difference_colour(double share) {
  static constexpr Colour kWhite{255, 255, 255};
  static constexpr Colour kBlue{33, 80, 170};
  static constexpr Colour kRed{178, 24, 43};
  const double value = std::clamp(share, -1.0, 1.0);
  return between(kWhite, value < 0.0 ? kBlue : kRed, std::abs(value));
}

streams::PngPicture inversion_picture(std::span<const float> truth,
                                      std::span<const float> predicted,
                                      std::int64_t rows,
                                      std::int64_t columns) {
  GEOD_CHECK(
      truth.size() == predicted.size() && truth.size() == static_cast<std::size_t>(rows * columns),
      "two maps of one size");
  streams::PngPicture picture;
  picture.kind = streams::PngPicture::Kind::kRgb;
  picture.rows = rows * kCellPixels;
  picture.columns = 3 * columns * kCellPixels + 2 * kLinePixels;
  picture.samples.assign(static_cast<std::size_t>(3 * picture.rows * picture.columns), 255);
  const std::int64_t next = columns * kCellPixels + kLinePixels;
  draw(rows, columns, 0, picture, [&](std::size_t i) {
    return velocity_colour(share_of(truth[i]));
  });
  draw(rows, columns, next, picture, [&](std::size_t i) {
    return velocity_colour(share_of(predicted[i]));
  });
  draw(rows, columns, 2 * next, picture, [&](std::size_t i) {
    return difference_colour(static_cast<double>(predicted[i] - truth[i]) / kFullDifference);
  });
  return picture;
}

InversionObserver InversionGallery::observer() {
  return [this](const InvertedSample& inverted) {
    const bool is_among_worst =
        worst_.size() < kShown || inverted.scores.mae > worst_.back().scores.mae;
    if (first_.size() >= kShown && !is_among_worst) {
      return;
    }
    const InversionFolder& folder = folders_[inverted.sample.folder];
    Entry entry{
        name_of(folder, inverted.sample.place),
        inverted.scores,
        inversion_picture(
            inverted.truth, inverted.predicted, folder.shape().depths, folder.shape().offsets)};
    if (first_.size() < kShown) {
      first_.push_back(entry);
    }
    if (is_among_worst) {
      const auto place =
          std::ranges::upper_bound(worst_, entry.scores.mae, std::greater{}, [](const Entry& each) {
            return each.scores.mae;
          });
      worst_.insert(place, std::move(entry));
      worst_.resize(std::min(worst_.size(), kShown));
    }
  };
}

std::string name_of(const InversionFolder& folder, const ShardSample& place) {
  return fmt::format("{}, shard {}, sample {}", folder.name(), place.shard, place.sample);
}

}  // namespace geod::trainer
