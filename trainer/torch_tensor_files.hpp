#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <ATen/core/Tensor.h>

#include "core/error.hpp"

namespace geod::trainer {

/// Named float32 CPU tensors and texts, as a safetensors file holds them.
struct TensorFile {
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

Result<TensorFile> read_tensor_file(const std::filesystem::path& path);

/// Atomically: the old file or the new one is there, whatever happens.
Result<void> write_tensor_file(const std::filesystem::path& path, const TensorFile& file);

}  // namespace geod::trainer
