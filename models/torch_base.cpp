#include "models/torch_base.hpp"

#include <ATen/ops/from_blob.h>
#include <fmt/ranges.h>

#include "models/network_shape.hpp"
#include "models/safetensors.hpp"

namespace geod::models {
namespace {

/// Reads a tensor in the shape of `spec`.
Result<at::Tensor> read(const SafetensorsFile& file, const TensorSpec& spec) {
  const auto entry = file.find(spec.name);
  if (!entry) {
    return tl::unexpected(entry.error());
  }
  if (entry->shape != spec.shape) {
    return fail(Errc::kModelMismatch,
                "{}: tensor '{}' has shape [{}], the network needs [{}]",
                file.path().string(),
                spec.name,
                fmt::join(entry->shape, ", "),
                fmt::join(spec.shape, ", "));
  }
  const auto values = file.read_floats(spec.name);
  if (!values) {
    return tl::unexpected(values.error());
  }
  return at::from_blob(const_cast<float*>(values->data()), spec.shape, at::kFloat).clone();
}

/// A tensor over memory that outlives it and is only read.
at::Tensor view_of(const HostTensor& tensor) {
  return at::from_blob(const_cast<float*>(tensor.values.data()), tensor.shape, at::kFloat);
}

Result<SafetensorsFile> open_weights(const std::filesystem::path& directory,
                                     const Manifest& manifest) {
  auto file = SafetensorsFile::open(directory / kWeightsFile);
  if (!file) {
    return file;
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
  return file;
}

}  // namespace

Result<TensorTable::Tensors> read_tensors(const std::filesystem::path& directory,
                                          const Manifest& manifest,
                                          const std::vector<TensorSpec>& held,
                                          const std::vector<TensorSpec>& wanted) {
  const auto file = open_weights(directory, manifest);
  if (!file) {
    return tl::unexpected(file.error());
  }
  TensorTable::Tensors tensors;
  for (const TensorSpec& spec : wanted) {
    auto tensor = read(*file, spec);
    if (!tensor) {
      return tl::unexpected(tensor.error());
    }
    tensors.emplace(spec.name, std::move(*tensor));
  }
  if (file->tensors().size() != held.size()) {
    return fail(Errc::kModelMismatch,
                "{}: holds {} tensors, expected are {}",
                file->path().string(),
                file->tensors().size(),
                held.size());
  }
  return tensors;
}

Result<std::shared_ptr<const BaseWeights>> load_base(const std::filesystem::path& directory,
                                                     const Manifest& manifest) {
  if (auto ok = validate_network(manifest); !ok) {
    return fail_with(ok.error(), directory.string());
  }
  const auto specs = tensor_specs(manifest);
  auto tensors = read_tensors(directory, manifest, specs, specs);
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  return std::make_shared<const BaseWeights>(BaseWeights{manifest, std::move(*tensors)});
}

at::Tensor tensor_of(const BaseWeights& base,
                     const NetworkOverlay* overlay,
                     const std::string& name) {
  if (overlay != nullptr) {
    if (const auto it = overlay->tensors.find(name); it != overlay->tensors.end()) {
      return view_of(it->second);
    }
  }
  const auto it = base.tensors.find(name);
  GEOD_CHECK(it != base.tensors.end(), name);
  return it->second;
}

Result<TensorTable::Tensors> overlaid(const BaseWeights& base, const NetworkOverlay* overlay) {
  if (overlay != nullptr) {
    if (auto ok = check_overlay(base.manifest, *overlay); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  TensorTable::Tensors tensors;
  for (const TensorSpec& spec :
       tensor_specs(overlay == nullptr ? base.manifest : overlay->manifest)) {
    tensors.emplace(spec.name, tensor_of(base, overlay, spec.name));
  }
  return tensors;
}

Result<std::unique_ptr<const TorchSeisMollm>> assemble(const BaseWeights& base,
                                                       const NetworkOverlay* overlay) {
  auto tensors = overlaid(base, overlay);
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  const Manifest& wanted = overlay == nullptr ? base.manifest : overlay->manifest;
  return std::make_unique<const TorchSeisMollm>(wanted.geometry, wanted.task, std::move(*tensors));
}

}  // namespace geod::models
