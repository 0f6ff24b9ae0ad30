#pragma once

#include <cstdint>
#include <filesystem>

#include "core/error.hpp"
#include "models/image_pass.hpp"
#include "models/segmentation.hpp"

namespace geod {

/// An image to be segmented.
struct ImageFile {
  std::filesystem::path path;
  std::int64_t rows = 0;  ///< of a .dat file, as the next
  std::int64_t columns = 0;
  bool stretch = false;  ///< bring its values to 0..255
};

/// .png (brightness), .npy (two axes) or .dat (float32, row by row). kConfig when rows and columns
/// of a .dat are missing; kUnsupported for another ending or shape; kCorruptRecord; kNotFound, kIo;
/// kModelMismatch for values outside 0 to 255.
Result<models::Tile> read_image_file(const ImageFile& file);

/// The mask: .png with one colour a class, or .npy of uint8. kUnsupported for another ending.
Result<void> write_mask(const models::SegmentedImage& image, const std::filesystem::path& path);

/// .npy, float32 [classes, rows, columns].
Result<void> write_probabilities(const models::SegmentedImage& image,
                                 const std::filesystem::path& path);

}  // namespace geod
