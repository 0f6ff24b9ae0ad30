#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/checkpoint.hpp"
#include "models/safetensors.hpp"

namespace geod::models {

/// Published weights, in safetensors or as torch.save wrote them (`.pth`, `.bin`): told apart by
/// their first bytes. Nothing in the file is executed.
class WeightFile {
 public:
  /// Errors of SafetensorsFile::open or Checkpoint::open.
  static Result<WeightFile> open(const std::filesystem::path& path);

  using Shapes = std::map<std::string, std::vector<std::int64_t>, std::less<>>;
  const Shapes& shapes() const { return shapes_; }
  const std::filesystem::path& path() const { return path_; }

  /// All values of a tensor of shapes() as float32. Errors of the formats' read_floats.
  Result<std::vector<float>> read_floats(const std::string& name) const;

 private:
  using File = std::variant<SafetensorsFile, Checkpoint>;
  WeightFile(std::filesystem::path path, File file, Shapes shapes)
      : path_(std::move(path)), file_(std::move(file)), shapes_(std::move(shapes)) {}

  std::filesystem::path path_;
  File file_;
  Shapes shapes_;
};

}  // namespace geod::models
