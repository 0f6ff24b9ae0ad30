#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "trainer/dataset_description.hpp"

namespace geod::trainer {

/// `images.json` of a folder of labelled images: all keys may be missing.
struct ImageDescription {
  std::string name;  ///< without one, the folder's
  std::string licence;
  std::string attribution;
  std::vector<std::string> classes;  ///< by index
  std::int64_t rows = 0;             ///< of headerless files, as the next; 0: not told
  std::int64_t columns = 0;
};

/// What a folder says of its images; the folder's name and nothing else without the file. kConfig
/// naming file and key, kIo.
Result<ImageDescription> read_image_description(const std::filesystem::path& folder);

/// The same in the words that reports and provenance use.
DatasetDescription to_dataset(const ImageDescription& description);

}  // namespace geod::trainer
