#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "trainer/image_set.hpp"

namespace geod::trainer {

/// What every image file of a set is held against.
struct ImageRules {
  std::size_t classes = 2;
  bool wraps = false;  ///< as ImageRequest
};

/// The brightness of an image as the network sees it. kCorruptRecord when a value lies outside 0 to
/// 255, naming file and remedy.
Result<std::vector<std::uint8_t>> to_pixels(const std::vector<double>& values,
                                            const std::string& name,
                                            bool wraps);

/// PNG or NPY. kUnsupported for another ending.
Result<LabelledImage> read_image(const std::filesystem::path& path, bool wraps);

/// Reads the labels of `image`, PNG or NPY: classes from 0; 255 or -1 where nothing is known; with
/// two classes also masks of 0 and 255. kCorruptRecord for another size or a class that is not
/// there.
Result<void> read_labels(const std::filesystem::path& path,
                         const ImageRules& rules,
                         LabelledImage& image);

/// An image of the `.dat` layout: float32 [rows, columns] and int8 of the same shape.
Result<LabelledImage> read_dat(const std::filesystem::path& image_file,
                               const std::filesystem::path& label_file,
                               std::int64_t rows,
                               std::int64_t columns,
                               const ImageRules& rules);

}  // namespace geod::trainer
