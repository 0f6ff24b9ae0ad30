#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/error.hpp"
#include "models/overlay.hpp"
#include "streams/png_file.hpp"
#include "trainer/image_set.hpp"

namespace geod::trainer {

/// The three strongest principal components of an image's patch features, [3, rows, columns], each
/// stretched to 0..1 by itself: red, green, blue. Colours of two maps cannot be compared.
struct FeatureMap {
  std::int64_t rows = 0;  ///< patches
  std::int64_t columns = 0;
  std::vector<double> components;
  std::vector<double> explained;  ///< share of the variance, of each
};

/// Whose features: a folder of family dinov2 or segmenter, with a bundle laid over it or not.
struct FeatureNetwork {
  std::filesystem::path model;
  std::shared_ptr<const models::NetworkOverlay> overlay;
};

/// `geod_features` of the compute module: the map of `image` by one network.
using FeatureFunction = void (*)(const FeatureNetwork& network,
                                 const LabelledImage& image,
                                 Result<FeatureMap>& out);

/// The image and the maps beside each other with white lines between, all in the image's size; a
/// patch is a block of one colour.
streams::PngPicture feature_picture(const LabelledImage& image, std::span<const FeatureMap> maps);

}  // namespace geod::trainer
