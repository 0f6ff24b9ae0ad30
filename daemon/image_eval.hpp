#pragma once

#include <filesystem>
#include <string>

#include "core/error.hpp"
#include "trainer/split_shares.hpp"

namespace geod {

/// What `geod eval` is asked of a model of images.
struct ImageEvalRequest {
  std::filesystem::path model;  ///< model folder, or an encoder with a bundle
  std::filesystem::path adapter;
  std::filesystem::path data;
  trainer::SplitOptions split;  ///< as the network was trained with
  /// train, validation, test or all; empty: test, where there are such images, else validation.
  std::string part;
  std::filesystem::path overlays;  ///< folder for a picture of every image; empty: none
  std::filesystem::path report;    ///< empty: none
  std::string command_line;
  int threads = 0;
  bool json = false;
};

/// Segments the images of a data set, prints the scores beside the paper's, and writes pictures and
/// the report.
Result<void> evaluate_images(const ImageEvalRequest& request);

}  // namespace geod
