#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "models/geometry.hpp"
#include "trainer/dataset_description.hpp"
#include "trainer/split_shares.hpp"

namespace geod::trainer {

/// A pixel whose class is not known.
inline constexpr std::int8_t kUnlabelled = -1;
inline constexpr std::int64_t kMaxClasses = 64;

/// An image with its classes, [rows, columns] row major.
struct LabelledImage {
  std::string name;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<std::uint8_t> pixels;  ///< cut to whole numbers, as the paper's loader does
  std::vector<std::int8_t> labels;   ///< 0 to K - 1, or kUnlabelled
};

/// How a folder of images is read.
struct ImageRequest {
  std::filesystem::path data;
  models::Task task = models::Task::kDas;
  std::vector<std::string> class_names;  ///< empty: those of images.json, else the task's
  SplitOptions split;                    ///< its shares instead of the parts that the folder names
  /// The `.dat` layout: its valid images are validated on and tested on, as published. Otherwise
  /// they are for testing, and a tenth of the training images is held out.
  bool published_parts = false;
  bool wraps =
      false;  ///< values outside 0 to 255 wrap as in the authors' code; else they are faults
};

/// Images of one task in memory: two bytes a pixel.
struct ImageSet {
  std::vector<std::string> class_names;
  DatasetDescription description;
  std::vector<LabelledImage> training;
  std::vector<LabelledImage> held_out;
  std::vector<LabelledImage> test;  ///< may be empty
};

/// Reads a folder of the paper's `.dat` layout (train/ and valid/ with <images>/I.dat, float32, and
/// <labels>/I.dat, int8) or one with images/ and labels/ that hold PNG or NPY files of the same
/// names; formats in docs/image-tasks.md. kNotFound, kConfig and kCorruptRecord name the file and
/// the remedy.
Result<ImageSet> load_image_set(const ImageRequest& request);

/// One PNG or NPY file as an image. `wraps` as in ImageRequest.
Result<LabelledImage> load_image_file(const std::filesystem::path& path, bool wraps = false);

/// All images a folder has, whatever their part: for scoring.
/// @param part  "test" (valid of the `.dat` layout), "validation", "train", or "all".
Result<std::vector<LabelledImage>> images_of(ImageSet set, std::string_view part);

/// "128 images (512 x 512) to train on, 15 held out", and the share of each class in the training
/// images.
std::vector<std::string> describe_images(const ImageSet& set);

/// Share of each class among the labelled pixels.
std::vector<double> class_shares(const std::vector<LabelledImage>& images, std::size_t classes);

}  // namespace geod::trainer
