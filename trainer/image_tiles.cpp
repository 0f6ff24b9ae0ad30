#include "trainer/image_tiles.hpp"

#include <algorithm>

namespace geod::trainer {
namespace {

/// Calls `take(index in the piece, index in the image)` for every pixel of the piece that the image
/// has.
template <class Take>
void for_each_pixel(const LabelledImage& image,
                    const PiecePlace& place,
                    bool mirrored,
                    const Take& take) {
  const std::int64_t rows = std::min(place.rows, image.rows - place.row);
  const std::int64_t columns = std::min(place.columns, image.columns - place.column);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      const std::int64_t to = mirrored ? columns - 1 - c : c;
      take(static_cast<std::size_t>(r * place.columns + to),
           static_cast<std::size_t>((place.row + r) * image.columns + place.column + c));
    }
  }
}

std::vector<std::int64_t> starts(std::int64_t length, std::int64_t piece) {
  std::vector<std::int64_t> out{0};
  while (out.back() + piece < length) {
    out.push_back(std::min(out.back() + piece, length - piece));
  }
  return out;
}

}  // namespace

void cut_pixels(const LabelledImage& image,
                const PiecePlace& place,
                bool mirrored,
                std::span<float> out) {
  std::ranges::fill(out, kNeutralPixel);
  for_each_pixel(image, place, mirrored, [&](std::size_t to, std::size_t from) {
    out[to] = static_cast<float>(image.pixels[from]);
  });
}

void cut_labels(const LabelledImage& image,
                const PiecePlace& place,
                bool mirrored,
                std::span<float> out) {
  std::ranges::fill(out, static_cast<float>(kUnlabelled));
  for_each_pixel(image, place, mirrored, [&](std::size_t to, std::size_t from) {
    out[to] = static_cast<float>(image.labels[from]);
  });
}

std::vector<PiecePlace> cover(const LabelledImage& image, std::int64_t rows, std::int64_t columns) {
  std::vector<PiecePlace> places;
  for (const std::int64_t row : starts(image.rows, rows)) {
    for (const std::int64_t column : starts(image.columns, columns)) {
      places.push_back({row, column, rows, columns});
    }
  }
  return places;
}

LabelledImage mirror(const LabelledImage& image) {
  LabelledImage out = image;
  for (std::int64_t r = 0; r < image.rows; ++r) {
    const auto first = static_cast<std::ptrdiff_t>(r * image.columns);
    const auto last = first + static_cast<std::ptrdiff_t>(image.columns);
    std::reverse(out.pixels.begin() + first, out.pixels.begin() + last);
    if (!out.labels.empty()) {
      std::reverse(out.labels.begin() + first, out.labels.begin() + last);
    }
  }
  return out;
}

Result<std::vector<float>> segment_image(const LabelledImage& image,
                                         bool mirrored,
                                         const TileSettings& settings,
                                         const SegmentFunction& segment) {
  if (mirrored) {
    return segment_image(mirror(image), false, settings, segment);
  }
  const auto area = static_cast<std::size_t>(image.rows * image.columns);
  std::vector<float> sums(settings.classes * area, 0.0F);
  std::vector<float> counts(area, 0.0F);
  const std::vector<PiecePlace> places = cover(image, settings.rows, settings.columns);
  models::SegmentBatch batch;
  for (std::size_t first = 0; first < places.size(); first += settings.batch_tiles) {
    const std::size_t count = std::min(settings.batch_tiles, places.size() - first);
    std::vector<models::Tile> tiles(count);
    std::vector<const models::Tile*> pointers;
    for (std::size_t i = 0; i < count; ++i) {
      tiles[i] = {settings.rows, settings.columns, {}};
      tiles[i].values.resize(static_cast<std::size_t>(settings.rows * settings.columns));
      cut_pixels(image, places[first + i], false, tiles[i].values);
      pointers.push_back(&tiles[i]);
    }
    if (auto done = segment(pointers, batch); !done) {
      return tl::unexpected(done.error());
    }
    for (std::size_t i = 0; i < count; ++i) {
      for_each_pixel(image, places[first + i], false, [&](std::size_t in_tile, std::size_t pixel) {
        counts[pixel] += 1.0F;
        for (std::size_t k = 0; k < settings.classes; ++k) {
          sums[k * area + pixel] += batch.plane(i, k)[in_tile];
        }
      });
    }
  }
  for (std::size_t k = 0; k < settings.classes; ++k) {
    for (std::size_t pixel = 0; pixel < area; ++pixel) {
      sums[k * area + pixel] /= counts[pixel];
    }
  }
  return sums;
}

std::vector<std::int8_t> likeliest_classes(std::span<const float> probabilities,
                                           std::size_t classes) {
  const std::size_t area = probabilities.size() / classes;
  std::vector<std::int8_t> out(area, 0);
  for (std::size_t pixel = 0; pixel < area; ++pixel) {
    for (std::size_t k = 1; k < classes; ++k) {
      const auto best = static_cast<std::size_t>(out[pixel]);
      if (probabilities[k * area + pixel] > probabilities[best * area + pixel]) {
        out[pixel] = static_cast<std::int8_t>(k);
      }
    }
  }
  return out;
}

}  // namespace geod::trainer
