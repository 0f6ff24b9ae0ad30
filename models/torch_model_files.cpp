#include "models/torch_model_files.hpp"

#include <ATen/ops/from_blob.h>
#include <fmt/ranges.h>

#include "models/safetensors.hpp"

namespace geod::models {
namespace {

Result<void> fill(TorchSeisMollm& network, const SafetensorsFile& file) {
  for (const TensorSpec& spec : network.tensors().specs()) {
    const auto entry = file.find(spec.name);
    if (!entry) {
      return tl::unexpected(entry.error());
    }
    if (entry->shape != spec.shape) {
      return fail(Errc::kModelMismatch,
                  "{}: tensor '{}' has shape [{}], the geometry needs [{}]",
                  file.path().string(),
                  spec.name,
                  fmt::join(entry->shape, ", "),
                  fmt::join(spec.shape, ", "));
    }
    auto values = file.read_floats(spec.name);
    if (!values) {
      return tl::unexpected(values.error());
    }
    if (auto ok = network.tensors().assign(spec.name,
                                           at::from_blob(values->data(), spec.shape, at::kFloat));
        !ok) {
      return fail_with(ok.error(), file.path().string());
    }
  }
  const std::size_t expected = network.tensors().specs().size();
  if (file.tensors().size() != expected) {
    return fail(Errc::kModelMismatch,
                "{}: holds {} tensors, the network has {}",
                file.path().string(),
                file.tensors().size(),
                expected);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<TorchSeisMollm>> load_network(const std::filesystem::path& directory,
                                                     const Manifest& manifest) {
  const auto file = SafetensorsFile::open(directory / kWeightsFile);
  if (!file) {
    return tl::unexpected(file.error());
  }
  const auto hash = file->sha256();
  if (!hash) {
    return tl::unexpected(hash.error());
  }
  if (*hash != manifest.weights_sha256) {
    return fail(Errc::kModelMismatch,
                "{}: its SHA-256 is {}, the manifest says {}; the file is damaged or not this "
                "model's",
                file->path().string(),
                *hash,
                manifest.weights_sha256);
  }
  auto network = TorchSeisMollm::make(manifest.geometry, manifest.task, 0);
  if (!network) {
    return tl::unexpected(network.error());
  }
  if (auto ok = fill(**network, *file); !ok) {
    return tl::unexpected(ok.error());
  }
  return network;
}

Result<void> save_network(const std::filesystem::path& directory,
                          const TorchSeisMollm& network,
                          Manifest manifest) {
  std::vector<FloatTensor> tensors;
  for (const TensorSpec& spec : network.tensors().specs()) {
    const at::Tensor values =
        network.tensors().at(spec.name).detach().to(at::kCPU, at::kFloat).contiguous();
    const float* data = values.const_data_ptr<float>();
    tensors.push_back({spec.name, spec.shape, {data, data + values.numel()}});
  }
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return fail(Errc::kIo, "{}: cannot make the folder: {}", directory.string(), error.message());
  }
  const std::filesystem::path path = directory / kWeightsFile;
  if (auto ok = write_safetensors(path, std::move(tensors), {{"format", "pt"}}); !ok) {
    return ok;
  }
  const auto file = InputFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  auto hash = file->sha256();
  if (!hash) {
    return tl::unexpected(hash.error());
  }
  manifest.geometry = network.geometry();
  manifest.task = network.task();
  manifest.weights_sha256 = *hash;
  return save_manifest(directory, manifest);
}

}  // namespace geod::models
