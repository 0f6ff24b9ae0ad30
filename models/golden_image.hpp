#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/segmentation.hpp"

namespace geod::models {

/// Name of the golden image below in the manifests of bundles. An image is computed where it is
/// needed: the largest would fill a manifest.
inline constexpr const char* kGoldenImage = "fronts-1";

/// Two fronts that arrive later along the columns, each with a decaying wave behind it, in noise;
/// values 0 to 255, whole. In integers alone: the same on every machine. docs/adapters.md, "The
/// golden image".
Tile golden_image(std::int64_t rows, std::int64_t columns);

/// At most this many cells an axis.
inline constexpr std::int64_t kGoldenCells = 16;

/// Means of class probabilities over the cells of a grid of min(16, rows) x min(16, columns): of g
/// cells over n pixels, cell i begins at pixel floor(i n / g).
///
/// @param probabilities  [K, rows, columns].
/// @return  [K, cells, cells], summed in double.
std::vector<float> golden_grid(std::span<const float> probabilities,
                               std::int64_t classes,
                               std::int64_t rows,
                               std::int64_t columns);
std::size_t golden_grid_size(std::int64_t classes, std::int64_t rows, std::int64_t columns);

}  // namespace geod::models
