#include "trainer/torch_tensor_files.hpp"

#include <utility>

#include <ATen/ops/empty.h>

#include "models/safetensors.hpp"

namespace geod::trainer {

Result<TensorFile> read_tensor_file(const std::filesystem::path& path) {
  const auto file = models::SafetensorsFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  TensorFile out;
  out.metadata = file->metadata();
  for (const auto& [name, entry] : file->tensors()) {
    const auto values = file->read_floats(name);
    if (!values) {
      return tl::unexpected(values.error());
    }
    at::Tensor tensor = at::empty(entry.shape, at::kFloat);
    std::copy(values->begin(), values->end(), tensor.data_ptr<float>());
    out.tensors.emplace(name, std::move(tensor));
  }
  return out;
}

Result<void> write_tensor_file(const std::filesystem::path& path, const TensorFile& file) {
  std::vector<models::FloatTensor> tensors;
  for (const auto& [name, tensor] : file.tensors) {
    const at::Tensor flat = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
    const float* begin = flat.data_ptr<float>();
    tensors.push_back(
        {name, tensor.sizes().vec(), std::vector<float>(begin, begin + flat.numel())});
  }
  return models::write_safetensors(path, std::move(tensors), file.metadata);
}

}  // namespace geod::trainer
