#include "models/image_pass.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace geod::models {
namespace {

constexpr float kWhite = 255.0F;

/// Place in [0, length) of a place beyond it, by mirroring at the edges without repeating them.
std::int64_t mirrored(std::int64_t at, std::int64_t length) {
  const std::int64_t period = std::max<std::int64_t>(2 * (length - 1), 1);
  const std::int64_t within = at % period;
  return within < length ? within : period - within;
}

/// sin^2 over a tile; flat towards an edge of the image that the tile touches.
std::vector<float> window_of(std::int64_t tile, bool is_first, bool is_last) {
  std::vector<float> window(static_cast<std::size_t>(tile));
  for (std::int64_t i = 0; i < tile; ++i) {
    const bool is_flat = (is_first && 2 * i < tile) || (is_last && 2 * i >= tile);
    const double sine =
        std::sin(std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(tile));
    window[static_cast<std::size_t>(i)] = is_flat ? 1.0F : static_cast<float>(sine * sine);
  }
  return window;
}

}  // namespace

ImagePass::Axis::Axis(std::int64_t image_length, std::int64_t tile_length)
    : length(image_length), tile(tile_length) {
  const std::int64_t hop = std::max<std::int64_t>(tile / 2, 1);
  for (std::int64_t start = 0; start + tile < length; start += hop) {
    starts.push_back(start);
  }
  starts.push_back(std::max<std::int64_t>(length - tile, 0));
  std::vector<float> sums(static_cast<std::size_t>(std::max(length, tile)), 0.0F);
  for (const std::int64_t start : starts) {
    windows.push_back(window_of(tile, start == 0, start + tile >= length));
    for (std::int64_t i = 0; i < tile; ++i) {
      sums[static_cast<std::size_t>(start + i)] += windows.back()[static_cast<std::size_t>(i)];
    }
  }
  for (std::size_t n = 0; n < starts.size(); ++n) {
    for (std::int64_t i = 0; i < tile; ++i) {
      windows[n][static_cast<std::size_t>(i)] /= sums[static_cast<std::size_t>(starts[n] + i)];
    }
  }
}

ImagePass::ImagePass(Tile image, const SegmenterGeometry& geometry)
    : image_(std::move(image)),
      rows_(image_.rows, geometry.rows),
      columns_(image_.columns, geometry.columns),
      tiles_(rows_.starts.size() * columns_.starts.size()) {}

std::span<const Tile* const> ImagePass::next(std::size_t max_tiles) {
  const std::size_t count = std::min(max_tiles, tiles_ - added_);
  batch_.resize(count);
  pointers_.clear();
  for (std::size_t n = 0; n < count; ++n) {
    cut(added_ + n, batch_[n]);
    pointers_.push_back(&batch_[n]);
  }
  return pointers_;
}

void ImagePass::cut(std::size_t number, Tile& tile) const {
  const std::int64_t first_row = rows_.starts[number / columns_.starts.size()];
  const std::int64_t first_column = columns_.starts[number % columns_.starts.size()];
  tile.rows = rows_.tile;
  tile.columns = columns_.tile;
  tile.values.resize(static_cast<std::size_t>(tile.rows * tile.columns));
  for (std::int64_t i = 0; i < tile.rows; ++i) {
    const float* from =
        image_.values.data() + mirrored(first_row + i, image_.rows) * image_.columns;
    float* to = tile.values.data() + i * tile.columns;
    for (std::int64_t j = 0; j < tile.columns; ++j) {
      to[j] = from[mirrored(first_column + j, image_.columns)];
    }
  }
}

Result<void> ImagePass::add(const SegmentBatch& batch) {
  if (batch.tiles != batch_.size() || batch.rows != rows_.tile || batch.columns != columns_.tile ||
      batch.classes == 0 || (classes_ != 0 && batch.classes != classes_)) {
    return fail(Errc::kModelMismatch,
                "{} tiles of {} x {} and {} classes came back for {} of {} x {}",
                batch.tiles,
                batch.rows,
                batch.columns,
                batch.classes,
                batch_.size(),
                rows_.tile,
                columns_.tile);
  }
  if (!std::all_of(batch.values.begin(), batch.values.end(), [](float value) {
        return std::isfinite(value);
      })) {
    return fail(Errc::kModelMismatch, "the network's answer to this image is not finite");
  }
  classes_ = batch.classes;
  sums_.resize(classes_ * static_cast<std::size_t>(image_.rows * image_.columns), 0.0F);
  for (std::size_t n = 0; n < batch.tiles; ++n) {
    blend(added_ + n, batch, n);
  }
  added_ += batch.tiles;
  return {};
}

void ImagePass::blend(std::size_t number, const SegmentBatch& batch, std::size_t n) {
  const std::size_t row_number = number / columns_.starts.size();
  const std::size_t column_number = number % columns_.starts.size();
  const std::int64_t first_row = rows_.starts[row_number];
  const std::int64_t first_column = columns_.starts[column_number];
  const std::int64_t rows = std::min(rows_.tile, image_.rows);
  const std::int64_t columns = std::min(columns_.tile, image_.columns);
  const float* across = columns_.windows[column_number].data();
  for (std::size_t k = 0; k < classes_; ++k) {
    const float* plane = batch.plane(n, k).data();
    float* sums = sums_.data() + k * static_cast<std::size_t>(image_.rows * image_.columns);
    for (std::int64_t i = 0; i < rows; ++i) {
      const float down = rows_.windows[row_number][static_cast<std::size_t>(i)];
      const float* from = plane + i * columns_.tile;
      float* to = sums + (first_row + i) * image_.columns + first_column;
      for (std::int64_t j = 0; j < columns; ++j) {
        to[j] += down * across[j] * from[j];
      }
    }
  }
}

void ImagePass::restart(const SegmenterGeometry& geometry) {
  *this = ImagePass(std::move(image_), geometry);
}

SegmentedImage ImagePass::take() {
  SegmentedImage image;
  image.rows = image_.rows;
  image.columns = image_.columns;
  image.classes = classes_;
  const auto area = static_cast<std::size_t>(image.rows * image.columns);
  image.mask.assign(area, 0);
  for (std::size_t at = 0; at < area; ++at) {
    for (std::size_t k = 1; k < classes_; ++k) {
      if (sums_[k * area + at] > sums_[image.mask[at] * area + at]) {
        image.mask[at] = static_cast<std::uint8_t>(k);
      }
    }
  }
  image.probabilities = std::move(sums_);
  return image;
}

Result<void> check_image(const Tile& image) {
  const auto wrong = std::find_if(image.values.begin(), image.values.end(), [](float value) {
    return !(value >= 0.0F && value <= kWhite);
  });
  if (wrong != image.values.end()) {
    const auto at = static_cast<std::int64_t>(wrong - image.values.begin());
    return fail(Errc::kModelMismatch,
                "the value {} at row {}, column {} is outside 0 to 255, which images were trained "
                "in: bring it there first (geod segment --stretch)",
                *wrong,
                at / image.columns,
                at % image.columns);
  }
  return {};
}

}  // namespace geod::models
