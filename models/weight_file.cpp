#include "models/weight_file.hpp"

#include <array>

#include "models/file_io.hpp"

namespace geod::models {
namespace {

/// Whether the file begins as a zip archive. A safetensors file begins with the length of its
/// header, far below what these bytes would say.
Result<bool> is_zip(const std::filesystem::path& path) {
  constexpr std::array kMagic{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
  const auto file = InputFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  std::array<std::byte, kMagic.size()> head{};
  if (file->size() < head.size()) {
    return false;
  }
  if (auto ok = file->read(0, head); !ok) {
    return tl::unexpected(ok.error());
  }
  return head == kMagic;
}

}  // namespace

Result<WeightFile> WeightFile::open(const std::filesystem::path& path) {
  const auto zip = is_zip(path);
  if (!zip) {
    return tl::unexpected(zip.error());
  }
  Shapes shapes;
  if (*zip) {
    auto checkpoint = Checkpoint::open(path);
    if (!checkpoint) {
      return tl::unexpected(checkpoint.error());
    }
    for (const auto& [name, tensor] : checkpoint->tensors()) {
      shapes.emplace(name, tensor.shape);
    }
    return WeightFile(path, std::move(*checkpoint), std::move(shapes));
  }
  auto file = SafetensorsFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  for (const auto& [name, entry] : file->tensors()) {
    shapes.emplace(name, entry.shape);
  }
  return WeightFile(path, std::move(*file), std::move(shapes));
}

Result<std::vector<float>> WeightFile::read_floats(const std::string& name) const {
  if (const auto* file = std::get_if<SafetensorsFile>(&file_)) {
    return file->read_floats(name);
  }
  const auto& checkpoint = std::get<Checkpoint>(file_);
  const auto it = checkpoint.tensors().find(name);
  GEOD_CHECK(it != checkpoint.tensors().end(), name);
  return checkpoint.read_floats(it->second);
}

}  // namespace geod::models
