#include "models/golden_image.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/error.hpp"

namespace geod::models {
namespace {

constexpr std::int64_t kNeutral = 127;
constexpr std::int64_t kLargest = 255;
constexpr std::int64_t kNoise = 16;  ///< noise is in [-kNoise, kNoise)
/// One period of the wave behind a front.
constexpr std::array<std::int64_t, 8> kWave{0, 1, 2, 1, 0, -1, -2, -1};

/// A wave that begins at a row and decays.
///
/// @param behind  rows behind the front.
/// @param stretch  rows that one step of the wave takes.
std::int64_t wave(std::int64_t behind,
                  std::int64_t stretch,
                  std::int64_t amplitude,
                  std::int64_t rows) {
  if (behind < 0) {
    return 0;
  }
  const std::int64_t decayed = amplitude * rows / (rows + 8 * behind);
  return decayed * kWave[static_cast<std::size_t>((behind / stretch) % 8)] / 2;
}

}  // namespace

Tile golden_image(std::int64_t rows, std::int64_t columns) {
  Tile tile{rows, columns, {}};
  tile.values.reserve(static_cast<std::size_t>(rows * columns));
  std::uint64_t state = 1;
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < columns; ++column) {
      // A linear congruential generator (Knuth's constants).
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      const auto noise = static_cast<std::int64_t>(state >> 59) - kNoise;
      const std::int64_t away = std::abs(column - columns / 3);
      const std::int64_t first = rows / 4 + away * rows / (2 * columns);
      const std::int64_t second = 2 * rows / 5 + away * rows * 7 / (8 * columns);
      const std::int64_t value =
          kNeutral + noise + wave(row - first, 1, 60, rows) + wave(row - second, 2, 100, rows);
      tile.values.push_back(static_cast<float>(std::clamp<std::int64_t>(value, 0, kLargest)));
    }
  }
  return tile;
}

std::size_t golden_grid_size(std::int64_t classes, std::int64_t rows, std::int64_t columns) {
  return static_cast<std::size_t>(classes * std::min(rows, kGoldenCells) *
                                  std::min(columns, kGoldenCells));
}

std::vector<float> golden_grid(std::span<const float> probabilities,
                               std::int64_t classes,
                               std::int64_t rows,
                               std::int64_t columns) {
  GEOD_CHECK(probabilities.size() == static_cast<std::size_t>(classes * rows * columns),
             "probabilities of another size");
  const std::int64_t down = std::min(rows, kGoldenCells);
  const std::int64_t across = std::min(columns, kGoldenCells);
  std::vector<float> means;
  means.reserve(golden_grid_size(classes, rows, columns));
  for (std::int64_t k = 0; k < classes; ++k) {
    for (std::int64_t i = 0; i < down; ++i) {
      for (std::int64_t j = 0; j < across; ++j) {
        double sum = 0.0;
        std::int64_t count = 0;
        for (std::int64_t row = i * rows / down; row < (i + 1) * rows / down; ++row) {
          for (std::int64_t column = j * columns / across; column < (j + 1) * columns / across;
               ++column) {
            sum += probabilities[static_cast<std::size_t>((k * rows + row) * columns + column)];
            ++count;
          }
        }
        means.push_back(static_cast<float>(sum / static_cast<double>(count)));
      }
    }
  }
  return means;
}

}  // namespace geod::models
