#include "models/torch_model_files.hpp"

#include <ATen/ops/from_blob.h>

#include "models/safetensors.hpp"

namespace geod::models {
namespace {

/// Copies exactly the tensors of `specs` from the file.
Result<void> fill(TorchSeisMollm& network,
                  const SafetensorsFile& file,
                  const std::vector<TensorSpec>& specs) {
  for (const TensorSpec& spec : specs) {
    const auto entry = file.find(spec.name);
    if (!entry) {
      return tl::unexpected(entry.error());
    }
    auto values = file.read_floats(spec.name);
    if (!values) {
      return tl::unexpected(values.error());
    }
    const at::Tensor tensor = at::from_blob(values->data(), entry->shape, at::kFloat);
    if (auto ok = network.tensors().assign(spec.name, tensor); !ok) {
      return fail_with(ok.error(), file.path().string());
    }
  }
  return {};
}

Result<void> check_count(const SafetensorsFile& file, const std::vector<TensorSpec>& specs) {
  if (file.tensors().size() != specs.size()) {
    return fail(Errc::kModelMismatch,
                "{}: holds {} tensors, expected are {}",
                file.path().string(),
                file.tensors().size(),
                specs.size());
  }
  return {};
}

/// Whether the trunk of `base` can be that of `network`, which takes its first blocks.
Result<void> check_trunk(const std::filesystem::path& directory,
                         const SeisMollmGeometry& base,
                         const SeisMollmGeometry& network) {
  const auto refuse = [&](const char* what, std::int64_t theirs, std::int64_t needed) {
    return fail(Errc::kModelMismatch,
                "{}: its {} {}, the network's geometry needs {}; take another geometry or base",
                directory.string(),
                what,
                theirs,
                needed);
  };
  if (base.d_model() != network.d_model()) {
    return refuse("width is", base.d_model(), network.d_model());
  }
  if (base.heads != network.heads) {  // no tensor's shape would tell
    return refuse("attention heads are", base.heads, network.heads);
  }
  if (base.positions != network.positions) {
    return refuse("positions are", base.positions, network.positions);
  }
  if (base.blocks < network.blocks) {
    return refuse("blocks are", base.blocks, network.blocks);
  }
  return {};
}

Result<SafetensorsFile> open_checked(const std::filesystem::path& directory,
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

Result<std::unique_ptr<TorchSeisMollm>> load_network(const std::filesystem::path& directory,
                                                     const Manifest& manifest) {
  const auto file = open_checked(directory, manifest);
  if (!file) {
    return tl::unexpected(file.error());
  }
  auto network = TorchSeisMollm::make(manifest.geometry, manifest.task, 0);
  if (!network) {
    return tl::unexpected(network.error());
  }
  if (auto ok = fill(**network, *file, (*network)->tensors().specs()); !ok) {
    return tl::unexpected(ok.error());
  }
  if (auto ok = check_count(*file, (*network)->tensors().specs()); !ok) {
    return tl::unexpected(ok.error());
  }
  return network;
}

Result<void> load_trunk(const std::filesystem::path& directory, TorchSeisMollm& network) {
  const auto manifest = load_manifest(directory);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (manifest->family != kTrunkFamily) {
    return fail(Errc::kModelMismatch,
                "{}: of family {}, a base to start from is of family {}",
                directory.string(),
                manifest->family,
                kTrunkFamily);
  }
  if (auto ok = check_trunk(directory, manifest->geometry, network.geometry()); !ok) {
    return ok;
  }
  const auto file = open_checked(directory, *manifest);
  if (!file) {
    return tl::unexpected(file.error());
  }
  if (auto ok = check_count(*file, trunk_specs(manifest->geometry)); !ok) {
    return ok;
  }
  return fill(network, *file, trunk_specs(network.geometry()));
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
